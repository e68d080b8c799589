import HTTP
import HTTPTypes

/// What stands around the routes: who may ask comes first, and every answer carries some fields.
struct ServiceHandler: Handler {
  let router: Router
  let access: Access

  func judge(_ head: RequestHead) -> Judgement {
    let match = router.match(head)
    let caller = access.caller(of: head, match.traits)
    var judgement = RequestID.$current.withValue(caller.requestID) {
      access.refusal(of: head, match.traits, from: caller).map { Judgement(refusal: $0) }
        ?? match.judge(head)
    }
    judgement.refusal = judgement.refusal.map { complete($0, head, caller) }
    judgement.context = caller
    judgement.account = caller.account
    return judgement
  }

  func respond(to request: Request) async -> Response {
    let caller = request.caller
    let response = await RequestID.$current.withValue(caller.requestID) {
      await router.respond(to: request)
    }
    return complete(response, request.head, caller)
  }

  func response(to refusal: Refusal, context: inout (any Sendable)?) -> Response {
    let caller = context as? Caller ?? Caller()
    context = caller
    return RequestID.$current.withValue(caller.requestID) {
      complete(router.response(to: refusal), nil, caller)
    }
  }

  private func complete(_ response: Response, _ head: RequestHead?, _ caller: Caller) -> Response {
    var response = response
    access.complete(&response, for: head, from: caller)
    return response
  }
}
