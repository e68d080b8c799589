/// Raw requests from the RFCs' grammar and from known ways to smuggle, split and desynchronise.
let requestCases: [Case] =
  wellFormed + requestLines + targets + fieldLines + hosts + contentLengths + transferEncodings
  + chunkCases + sizes + pipelines

private let host = "Host: a\r\n"
private let get = "GET / HTTP/1.1\r\n"
private let post = "POST / HTTP/1.1\r\nHost: a\r\n"
private let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

private func repeated(_ text: String, _ count: Int) -> String {
  String(repeating: text, count: count)
}

private let wellFormed = [
  Case("nothing", "", ""),
  Case("the least request", get + host + "\r\n", "GET /"),
  Case("the least of HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET /"),
  Case("one empty line before it", "\r\n" + get + host + "\r\n", "GET /"),
  Case("two empty lines before it", "\r\n\r\n" + get + host + "\r\n", "400"),
  Case("a bare LF before it", "\n" + get + host + "\r\n", "400"),
  Case("a space before it", " " + get + host + "\r\n", "400"),
  Case("head not complete", get + host, "..."),
  Case("request line not complete", "GET /", "..."),
  Case("only a CR", "\r", "..."),
  Case("HEAD", "HEAD / HTTP/1.1\r\n" + host + "\r\n", "HEAD /"),
  Case(
    "PUT with a body", "PUT /x HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nab", "PUT /x+ab"),
  Case("GET with a body", get + host + "Content-Length: 2\r\n\r\nab", "GET /+ab"),
  Case("DELETE", "DELETE /x HTTP/1.1\r\n" + host + "\r\n", "DELETE /x"),
  Case("PATCH", "PATCH /x HTTP/1.1\r\n" + host + "\r\n", "PATCH /x"),
  Case("TRACE", "TRACE / HTTP/1.1\r\n" + host + "\r\n", "TRACE /"),
  Case("100-continue", post + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\na", "POST /+a"),
  Case("another expectation", post + "Expect: coffee\r\nContent-Length: 1\r\n\r\na", "417"),
  Case("two expectations", post + "Expect: 100-continue\r\nExpect: coffee\r\n\r\n", "417"),
  Case("an empty expectation", post + "Expect:\r\n\r\n", "417"),
  Case(
    "an upgrade is not taken", get + host + "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", "GET /"),
]

private let requestLines = [
  Case("lower-case method", "get / HTTP/1.1\r\n" + host + "\r\n", "501"),
  Case("unknown method", "BREW / HTTP/1.1\r\n" + host + "\r\n", "501"),
  Case("method with every mark", "M!#$%&'*+-.^_`|~9 / HTTP/1.1\r\n" + host + "\r\n", "501"),
  Case("method that begins like one", "GETS / HTTP/1.1\r\n" + host + "\r\n", "501"),
  Case("method with a colon", "GET: / HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("method with a slash", "G/T / HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("method in quotes", "\"GET\" / HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("method beyond ASCII", "G\u{c9}T / HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("no method", " / HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", "501"),
  Case("CONNECT to a path", "CONNECT / HTTP/1.1\r\n" + host + "\r\n", "501"),
  Case("no target", "GET HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("two spaces after the method", "GET  / HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("two spaces before the version", "GET /  HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("tab for a space", "GET\t/\tHTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("vertical tab for a space", "GET\u{b}/ HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("form feed for a space", "GET /\u{c}HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("no-break space for a space", "GET\u{a0}/ HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("space after the version", "GET / HTTP/1.1 \r\n" + host + "\r\n", "400"),
  Case("space in the target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("a fourth word", "GET / HTTP/1.1 HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("HTTP/0.9", "GET /\r\n", "400"),
  Case("HTTP/0.9 spelt out", "GET / HTTP/0.9\r\n" + host + "\r\n", "505"),
  Case("HTTP/2.0", "GET / HTTP/2.0\r\n" + host + "\r\n", "505"),
  Case("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"),
  Case("HTTP/3.0", "GET / HTTP/3.0\r\n" + host + "\r\n", "505"),
  Case("HTTP/9.9", "GET / HTTP/9.9\r\n" + host + "\r\n", "505"),
  Case("a later minor version", "GET / HTTP/1.2\r\n" + host + "\r\n", "GET /"),
  Case("HTTP/1.10", "GET / HTTP/1.10\r\n" + host + "\r\n", "400"),
  Case("HTTP/01.1", "GET / HTTP/01.1\r\n" + host + "\r\n", "400"),
  Case("HTTP/1", "GET / HTTP/1\r\n" + host + "\r\n", "400"),
  Case("HTTP/1.", "GET / HTTP/1.\r\n" + host + "\r\n", "400"),
  Case("HTTP/1,1", "GET / HTTP/1,1\r\n" + host + "\r\n", "400"),
  Case("HTTP/+1.1", "GET / HTTP/+1.1\r\n" + host + "\r\n", "400"),
  Case("HTTP/1.x", "GET / HTTP/1.x\r\n" + host + "\r\n", "400"),
  Case("lower-case version", "GET / http/1.1\r\n" + host + "\r\n", "400"),
  Case("HTTPS/1.1", "GET / HTTPS/1.1\r\n" + host + "\r\n", "400"),
  Case("HTTP 1.1", "GET / HTTP 1.1\r\n" + host + "\r\n", "400"),
  Case("version in other digits", "GET / HTTP/\u{661}.1\r\n" + host + "\r\n", "400"),
  Case("an answer for a request", "HTTP/1.1 200 OK\r\n\r\n", "400"),
  Case("the start of TLS", [0x16, 0x03, 0x01, 0x02, 0x00], "400"),
  Case("bare LF after the request line", "GET / HTTP/1.1\n" + host + "\r\n", "400"),
  Case("bare CR after the request line", "GET / HTTP/1.1\r" + host + "\r\n", "400"),
  Case("two CRs after the request line", "GET / HTTP/1.1\r\r\n" + host + "\r\n", "400"),
  Case("bare CR in the request line", "GET /\r HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("NUL in the request line", "GET /\0 HTTP/1.1\r\n" + host + "\r\n", "400"),
  Case("DEL in the request line", "GET /\u{7f} HTTP/1.1\r\n" + host + "\r\n", "400"),
]

private let targets =
  [
    ("a path", "/a/b", "GET /a/b"), ("a query", "/a?b=c&d", "GET /a?b=c&d"),
    ("an empty query", "/?", "GET /?"), ("question marks in a query", "/?a?b", "GET /?a?b"),
    ("a slash in a query", "/?a/b", "GET /?a/b"), ("two slashes", "//a", "GET //a"),
    ("a trailing slash", "/a/", "GET /a/"), ("dot segments", "/a/../b", "GET /a/../b"),
    ("every mark of a path", "/-._~!$&'()*+,;=:@", "GET /-._~!$&'()*+,;=:@"),
    ("an escaped slash", "/a%2Fb", "GET /a%2Fb"), ("an escaped CRLF", "/%0d%0a", "GET /%0d%0a"),
    ("an escape of UTF-8", "/%E2%82%AC", "GET /%E2%82%AC"),
    ("a doubly escaped NUL", "/%2500", "GET /%2500"),
    ("no leading slash", "a", "400"), ("a fragment", "/a#b", "400"),
    ("a fragment in a query", "/?a#b", "400"), ("a backslash", "/a\\b", "400"),
    ("a quote", "/a\"b", "400"), ("angle brackets", "/<a>", "400"), ("braces", "/{a}", "400"),
    ("a bar", "/a|b", "400"), ("a caret", "/a^b", "400"), ("a backquote", "/a`b", "400"),
    ("brackets", "/a[0]", "400"), ("brackets in a query", "/?a[]=0", "400"),
    ("raw UTF-8", "/\u{20ac}", "400"), ("raw UTF-8 in a query", "/?\u{e9}", "400"),
    ("a percent sign alone", "/%", "400"), ("half an escape", "/%4", "400"),
    ("an escape of no digits", "/%zz", "400"), ("an escape with a sign", "/%+1", "400"),
    ("an escape across segments", "/%2/0", "400"), ("an escape across items", "/?a%2&0", "400"),
    ("a broken escape in a query", "/?a=%", "400"),
    ("an escape as of JavaScript", "/%u0041", "400"),
    ("an escaped NUL", "/%00", "400"), ("an escaped NUL in a query", "/?a=%00", "400"),
    ("overlong UTF-8", "/%C0%AF", "400"), ("Latin-1", "/%E9", "400"),
    ("a lone surrogate", "/%ED%A0%80", "400"), ("beyond Unicode", "/%F4%90%80%80", "400"),
    ("UTF-8 cut short", "/?a=%E2%82", "400"),
    ("an asterisk for GET", "*", "400"), ("an asterisk and more", "*a", "400"),
    ("an absolute target", "http://a/b?c", "GET /b?c"),
    ("an absolute target without a path", "http://a", "GET /"),
    ("an absolute target with a query alone", "http://a?b", "GET /?b"),
    ("an absolute target of another host", "http://b/", "GET /"),
    ("another scheme", "ftp://a/", "400"), ("https on a plain connection", "https://a/", "400"),
    ("a scheme without slashes", "http:a", "400"), ("a scheme with one slash", "http:/a", "400"),
    ("an absolute target without a host", "http:///a", "400"),
    ("a port without a host", "http://:80/", "400"), ("user information", "http://u:p@a/", "400"),
    ("a bad port", "http://a:8x/", "400"), ("a port too large", "http://a:65536/", "400"),
    ("a fragment in an absolute target", "http://a/#b", "400"), ("host and port", "a:80", "400"),
    ("the longest target", "/" + repeated("a", 48), "GET /" + repeated("a", 48)),
    ("a target one too long", "/" + repeated("a", 49), "414"),
    ("a target far too long", "/" + repeated("a", 4900), "414"),
  ].map { Case("target: " + $0, "GET \($1) HTTP/1.1\r\n" + host + "\r\n", $2) }
  + [
    Case("OPTIONS *", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", "OPTIONS *"),
    Case("OPTIONS * with a query", "OPTIONS *?a HTTP/1.1\r\n" + host + "\r\n", "400"),
    Case("OPTIONS of a path", "OPTIONS /a HTTP/1.1\r\n" + host + "\r\n", "OPTIONS /a"),
    Case("OPTIONS of a host", "OPTIONS http://a HTTP/1.1\r\n" + host + "\r\n", "OPTIONS *"),
    Case("a method without end", repeated("A", 5000), "501"),
    Case(
      "a raw byte of no UTF-8", Array("GET /".utf8) + [0xFF] + Array(" HTTP/1.1\r\n\r\n".utf8),
      "400"),
  ]

private let fieldLines =
  [
    ("an empty value", "X:", "GET /"), ("white space around a value", "X: \t a \t ", "GET /"),
    ("white space inside a value", "X: a b\tc", "GET /"),
    ("UTF-8 in a value", "X: \u{e9}", "GET /"),
    ("every mark in a name", "!#$%&'*+-.^_`|~0aZ: x", "GET /"),
    ("colons in a value", "X: a:b::", "GET /"),
    ("a space before the colon", "X : a", "400"), ("a tab before the colon", "X\t: a", "400"),
    ("a leading space", " X: a", "400"), ("a leading tab", "\tX: a", "400"),
    ("a folded value", "X: a\r\n b", "400"), ("a value folded by a tab", "X: a\r\n\tb", "400"),
    ("a fold of blanks alone", "X: a\r\n \r\nY: b", "400"),
    ("no colon", "X", "400"), ("no name", ": a", "400"), ("only a colon", ":", "400"),
    ("a space in a name", "X Y: a", "400"), ("a quote in a name", "\"X\": a", "400"),
    ("a slash in a name", "X/Y: a", "400"), ("brackets in a name", "X[]: a", "400"),
    ("a parenthesis in a name", "X(: a", "400"), ("a comma in a name", "X,Y: a", "400"),
    ("an at sign in a name", "X@: a", "400"), ("UTF-8 in a name", "X\u{e9}: a", "400"),
    ("NUL in a name", "X\0: a", "400"), ("NUL in a value", "X: a\0b", "400"),
    ("NUL for a value", "X:\0", "400"), ("bell in a value", "X: a\u{7}", "400"),
    ("vertical tab in a value", "X: a\u{b}b", "400"), ("form feed in a value", "X: a\u{c}b", "400"),
    ("escape in a value", "X: \u{1b}[0m", "400"), ("DEL in a value", "X: a\u{7f}", "400"),
    ("bare CR in a value", "X: a\rb", "400"), ("bare CR at the end of a value", "X: a\r", "400"),
    ("bare CR then a field", "X: a\rY: b", "400"), ("bare LF in a value", "X: a\nb: c", "400"),
    ("bare LF then a field", "X: a\nContent-Length: 5", "400"), ("LF CR", "X: a\n\rY: b", "400"),
    ("a pseudo field", ":path: /", "400"), ("a request line among fields", "GET / HTTP/1.1", "400"),
  ].map { Case("field: " + $0, get + host + $1 + "\r\n\r\n", $2) }
  + [
    Case("field: bare LF ends the head", get + host + "\n", "400"),
    Case("field: bare LF twice ends the head", get + "Host: a\n\n", "400"),
    Case("field: white space before the first", get + " " + host + "\r\n", "400"),
    Case("field: blanks for the empty line", get + host + " \r\n\r\n", "400"),
    Case("field: CR CR LF ends the head", get + host + "\r\r\n", "400"),
    Case("field: CR and a letter ends the head", get + host + "\rX", "400"),
    Case(
      "field: Latin-1 in a value",
      Array((get + host + "X: ").utf8) + [0xE9] + Array("\r\n\r\n".utf8), "GET /"),
  ]

private let hosts =
  [
    ("a name", "Host: example.org", "GET /"), ("a name and a port", "Host: a:8080", "GET /"),
    ("a port of no digits", "Host: a:", "GET /"),
    ("an IPv4 address", "Host: 192.0.2.1:80", "GET /"),
    ("an IPv6 address", "Host: [::1]", "GET /"),
    ("an IPv6 address and a port", "Host: [::1]:80", "GET /"),
    ("an escape", "Host: a%20b", "GET /"), ("the name in capitals", "HOST: a", "GET /"),
    ("none", "X: y", "400"), ("an empty one", "Host:", "400"), ("blanks", "Host: \t ", "400"),
    ("two equal ones", "Host: a\r\nHost: a", "400"), ("two", "Host: a\r\nX: y\r\nhost: b", "400"),
    ("a list", "Host: a, b", "400"), ("a space", "Host: a b", "400"),
    ("a slash", "Host: a/b", "400"),
    ("a URI", "Host: http://a", "400"), ("user information", "Host: u@a", "400"),
    ("a query", "Host: a?b", "400"), ("a fragment", "Host: a#b", "400"),
    ("a port alone", "Host: :80", "400"), ("a port of letters", "Host: a:b", "400"),
    ("a signed port", "Host: a:+80", "400"), ("a negative port", "Host: a:-1", "400"),
    ("a port too large", "Host: a:65536", "400"), ("the largest port", "Host: a:65535", "GET /"),
    ("a port beyond counting", "Host: a:99999999999999999999", "400"),
    ("two ports", "Host: a:1:2", "400"),
    ("bare IPv6", "Host: ::1", "400"), ("IPv6 without an end", "Host: [::1", "400"),
    ("IPv6 and letters", "Host: [::1]a", "400"), ("no IPv6 in brackets", "Host: [a]", "400"),
    ("IPv4 in brackets", "Host: [192.0.2.1]", "400"), ("a zone", "Host: [fe80::1%25eth0]", "400"),
    ("a broken escape", "Host: a%2", "400"), ("UTF-8", "Host: \u{e9}", "400"),
    ("a backslash", "Host: a\\b", "400"), ("angle brackets", "Host: <a>", "400"),
    ("a quote", "Host: \"a\"", "400"), ("a misspelling", "Hos\u{74}s: a", "400"),
  ].map { Case("host: " + $0, get + $1 + "\r\n\r\n", $2) }
  + [
    Case("host: a broken one in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", "400"),
    Case("host: two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
    Case("host: none beside an absolute target", "GET http://a/ HTTP/1.1\r\n\r\n", "400"),
  ]

private let contentLengths =
  [
    ("zero", "0", "POST /, ..."), ("five", "5", "POST /+GPOST, ..."),
    ("leading zeros", "005", "POST /+GPOST, ..."),
    ("blanks around", "\t 5 ", "POST /+GPOST, ..."), ("empty", "", "400"), ("plus", "+5", "400"),
    ("minus", "-5", "400"),
    ("minus zero", "-0", "400"), ("hexadecimal", "0x5", "400"), ("a hexadecimal digit", "a", "400"),
    ("octal", "0o5", "400"), ("an exponent", "5e0", "400"), ("a fraction", "5.0", "400"),
    ("a separator", "1_0", "400"),
    ("a space within", "1 0", "400"), ("a list", "5, 5", "400"), ("a list of one", "5,", "400"),
    ("a list that differs", "5, 6", "400"), ("a semicolon", "5;", "400"),
    ("quotes", "\"5\"", "400"),
    ("letters after", "5abc", "400"), ("other digits", "\u{665}", "400"),
    ("full-width digits", "\u{ff15}", "400"),
    ("NUL after", "5\0", "400"), ("vertical tab before", "\u{b}5", "400"),
    ("form feed after", "5\u{c}", "400"),
    ("no-break space before", "\u{a0}5", "400"),
    ("over the limit", "101", "413"), ("2^63 - 1", "9223372036854775807", "413"),
    ("2^63", "9223372036854775808", "413"),
    ("2^64 + 5", "18446744073709551621", "413"),
    ("2^128", "340282366920938463463374607431768211456", "413"),
    ("many zeros", repeated("0", 60) + "5", "POST /+GPOST, ..."),
  ].map { Case("length: " + $0, post + "Content-Length: \($1)\r\n\r\nGPOST / HTTP", $2) }
  + [
    Case("length: repeated", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "400"),
    Case(
      "length: repeated and different", post + "Content-Length: 1\r\ncontent-length: 2\r\n\r\nab",
      "400"),
    Case("length: empty, then one", post + "Content-Length:\r\nContent-Length: 1\r\n\r\na", "400"),
    Case("length: space before the colon", post + "Content-Length : 1\r\n\r\na", "400"),
    Case("length: underscore is another field", post + "Content_Length: 5\r\n\r\n", "POST /"),
    Case("length: in capitals", post + "CONTENT-LENGTH: 1\r\n\r\na", "POST /+a"),
    Case("length: the body is short", post + "Content-Length: 2\r\n\r\na", "..."),
    Case("length: none means no body", post + "\r\n", "POST /"),
    Case(
      "length: the limit itself", post + "Content-Length: 100\r\n\r\n" + repeated("a", 100),
      "POST /+" + repeated("a", 100)),
    Case("length: with HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", "POST /+ab"),
    Case("length: bare LF folds it in", post + "X: a\nContent-Length: 1\r\n\r\na", "400"),
  ]

private let transferEncodings =
  [
    ("chunked", "chunked", "POST /+abc"), ("in capitals", "CHUNKED", "POST /+abc"),
    ("blanks around", "\t chunked \t", "POST /+abc"),
    ("empty", "", "400"), ("identity", "identity", "400"), ("gzip", "gzip", "400"),
    ("gzip, chunked", "gzip, chunked", "501"), ("gzip,chunked", "gzip,chunked", "501"),
    ("identity, chunked", "identity, chunked", "501"),
    ("a parameter before", "a;b=c, chunked", "400"),
    ("chunked, gzip", "chunked, gzip", "400"), ("chunked, identity", "chunked, identity", "400"),
    ("chunked twice", "chunked, chunked", "400"),
    ("an empty element before", ", chunked", "400"), ("an empty element after", "chunked,", "400"),
    ("a parameter", "chunked;q=1", "400"), ("an empty parameter", "chunked;", "400"),
    ("in quotes", "\"chunked\"", "400"),
    ("in single quotes", "'chunked'", "400"), ("a letter before", "xchunked", "400"),
    ("a letter after", "chunkedx", "400"),
    ("a space within", "chunk ed", "400"), ("two words", "x chunked", "400"),
    ("a colon before", ": chunked", "400"),
    ("a dash after", "chunked-", "400"), ("vertical tab before", "\u{b}chunked", "400"),
    ("vertical tab after", "chunked\u{b}", "400"),
    ("form feed before", "\u{c}chunked", "400"), ("NUL after", "chunked\0", "400"),
    ("no-break space before", "\u{a0}chunked", "400"),
    ("a Kelvin sign", "chun\u{212a}ed", "400"), ("a fold", "\r\n chunked", "400"),
    ("bare CR before", "\rchunked", "400"),
    ("bare LF before", "\nchunked", "400"), ("a comment", "chunked (a)", "400"),
    ("a backslash", "\\chunked", "400"),
  ].map {
    Case("coding: " + $0, post + "Transfer-Encoding: \($1)\r\n\r\n3\r\nabc\r\n0\r\n\r\n", $2)
  }
  + [
    Case(
      "coding: with a length before",
      post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
    Case(
      "coding: with a length after",
      post + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n", "400"),
    Case(
      "coding: an unknown one with a length",
      post + "Transfer-Encoding: x\r\nContent-Length: 1\r\n\r\na", "400"),
    Case(
      "coding: repeated",
      post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
    Case(
      "coding: repeated with another",
      post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", "400"),
    Case(
      "coding: repeated with identity",
      post + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
    Case(
      "coding: with HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "400"),
    Case(
      "coding: space before the colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400"
    ),
    Case(
      "coding: tab before the colon", post + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", "400"),
    Case(
      "coding: space before the name", post + " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
    Case(
      "coding: an underscore is another field", post + "Transfer_Encoding: chunked\r\n\r\n",
      "POST /"),
    Case(
      "coding: of GET", get + host + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
      "GET /+a"),
    Case("coding: TE alone has no body", post + "TE: chunked\r\n\r\n", "POST /"),
  ]

private let sizes = [
  Case("size: as many fields as may be", get + host + repeated("X: a\r\n", 7) + "\r\n", "GET /"),
  Case("size: one field too many", get + host + repeated("X: a\r\n", 8) + "\r\n", "431"),
  Case(
    "size: the largest head", get + host + "X: " + repeated("a", 400 - 16 - 9 - 5 - 2) + "\r\n\r\n",
    "GET /"),
  Case(
    "size: a head one too large",
    get + host + "X: " + repeated("a", 400 - 16 - 9 - 5 - 1) + "\r\n\r\n", "431"),
  Case("size: a value without end", get + host + "X: " + repeated("a", 5000), "431"),
  Case("size: a name without end", get + host + repeated("a", 5000), "431"),
  Case(
    "size: a length of digits without end", post + "Content-Length: " + repeated("0", 5000), "431"),
  Case(
    "size: a body of chunks at the limit",
    chunked + "64\r\n" + repeated("a", 100) + "\r\n0\r\n\r\n", "POST /+" + repeated("a", 100)),
]

private let pipelines = [
  Case(
    "two requests", get + host + "\r\n" + "GET /b HTTP/1.1\r\n" + host + "\r\n", "GET /, GET /b"),
  Case("an empty line between", get + host + "\r\n\r\n" + get + host + "\r\n", "GET /, GET /"),
  Case(
    "a body and a request", post + "Content-Length: 1\r\n\r\na" + get + host + "\r\n",
    "POST /+a, GET /"),
  Case(
    "an empty line after a body", post + "Content-Length: 1\r\n\r\na\r\n" + get + host + "\r\n",
    "POST /+a, GET /"),
  Case(
    "chunks and a request", chunked + "1\r\na\r\n0\r\n\r\n" + get + host + "\r\n", "POST /+a, GET /"
  ),
  Case("a request and half of one", get + host + "\r\n" + "GET /b", "GET /, ..."),
  Case("a request and junk", get + host + "\r\n" + "\0", "GET /, 400"),
  Case(
    "a GET in the body stays a body",
    post + "Content-Length: 28\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /+GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
  Case(
    "after a chunked body as long as its length would be", chunked + "0\r\n\r\nX", "POST /, ..."),
  Case(
    "a hundred requests", repeated(get + host + "\r\n", 100),
    Array(repeating: "GET /", count: 100).joined(separator: ", ")),
]
