import Fits
import HTTP
import HTTPTypes

/// Plans the response to a request: checks the caller, then calls the route, and adds the fields
/// that every response has.
///
/// A class, because every plan keeps a reference to it.
final class ServiceHandler: Handler {
  private let api: API
  private let access: Access
  private let router: Router<Route>

  init(api: API, access: Access) {
    self.api = api
    self.access = access
    var router = Router<Route>()
    for route in Route.all(within: api.limits) { router.add(route.method, route.path, route) }
    self.router = router
  }

  func plan(_ head: RequestHead) -> Plan {
    let match = router.match(head)
    let route: Route? = if case .endpoint(let route, _, _) = match { route } else { nil }
    let caller = access.caller(of: head, isCounted: route?.isCounted ?? true)
    let answer: Plan.Answer
    do throws(Problem) {
      try access.check(head, isOpen: route?.access == .open, from: caller)
      answer = try self.answer(to: head, match, caller)
    } catch {
      answer = .now(complete(Response(error, to: caller), head, caller))
    }
    return Plan(
      answer, bodyLimit: route?.bodyLimit ?? .max, account: caller.account,
      route: match.template, label: caller
    ) { [self] refusal in
      complete(Response(Problem(refusal), to: caller), head, caller)
    }
  }

  var planWithoutHead: Plan {
    let caller = Caller()
    return Plan(label: caller) { [self] refusal in
      complete(Response(Problem(refusal), to: caller), nil, caller)
    }
  }

  private func answer(
    to head: RequestHead, _ match: Router<Route>.Match, _ caller: Caller
  ) throws(Problem) -> Plan.Answer {
    switch match {
    case .endpoint(let route, let path, _):
      let reply = try route.plan(Call(api: api, head: head, path: path, caller: caller))
      return .afterBody { [self] request in
        var response: Response
        do throws(Problem) {
          response = try await reply(request)
        } catch {
          response = Response(error, to: caller)
        }
        // A cache must distinguish responses by these fields.
        if route.access == .key { response.fields[.vary] = "Accept, Prefer, Authorization" }
        return complete(response, head, caller)
      }
    case .options(let allowed, _):
      return .now(
        complete(Response(status: .noContent, fields: [.allow: allowed]), head, caller))
    case .methodNotAllowed(let allowed, let template):
      var problem = Problem(
        Refusal(.methodNotAllowed, "\(template) does not take \(head.method)"))
      problem.fields[.allow] = allowed
      throw problem
    case .notFound: throw Problem(Refusal(.notFound, "there is nothing at this path"))
    }
  }

  private func complete(_ response: Response, _ head: RequestHead?, _ caller: Caller) -> Response {
    var response = response
    access.complete(&response, for: head, from: caller)
    return response
  }
}
