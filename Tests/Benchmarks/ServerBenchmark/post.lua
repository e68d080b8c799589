-- Posts fits of 14 points for wrk, without intervals: always the same one, of one break; with the
-- argument "law" each a different one, of one break; with "forecast" each a different one by default.
local thread = 0
local template = '{"x":[160,192,256,320,384,448,480,512,544,576,608,640,672,736],' ..
  '"y":[2.138,2.118,2.089,2.069,2.054,2.038,2.028,2.004,1.955,1.863,1.708,1.506,1.297,0.%06d],' ..
  '%s"intervals":{"method":"none"},"seed":%d}'

function setup(each)
  each:set("id", thread)
  thread = thread + 1
end

function init(arguments)
  distinct = arguments[1] ~= nil
  breaks = arguments[1] == "forecast" and "" or '"breaks":1,'
  round = tonumber(arguments[2] or 0)
  count = 0
  wrk.headers["Content-Type"] = "application/json"
  fixed = wrk.format("POST", "/fit", nil, string.format(template, 965596, breaks, 0))
end

function request()
  if not distinct then return fixed end
  count = count + 1
  local seed = (round * 64 + id) * 1000000 + count
  return wrk.format("POST", "/fit", nil, string.format(template, 900000 + count % 99999, breaks, seed))
end

function done(summary, latency, requests)
  io.write(string.format("errors %d\n", summary.errors.status + summary.errors.connect +
    summary.errors.read + summary.errors.write + summary.errors.timeout))
end
