/// The name of a column, and what the words in it say of its meaning.
struct ColumnName {
  let text: String
  /// In lower case, without what stands in brackets: `FLOPs (1E21)` is `flops`, and
  /// `eval/f1_mean` is `eval`, `f1`, `mean`.
  let words: [String]

  init(_ text: String) {
    self.text = text
    var outside = ""
    var depth = 0
    for character in text {
      if "([{".contains(character) { depth += 1 }
      if depth == 0 { outside.append(character) }
      if ")]}".contains(character) { depth = max(0, depth - 1) }
    }
    words = outside.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  /// Whether it names a scale: what was counted, when its last word does, or a number of something.
  var isScale: Bool {
    guard let last = words.last, !isMetric else { return false }
    return Self.scales.contains(last) || words.count > 1 && ["n", "num"].contains(words[0])
  }

  /// The scales that mean the progress of one run, which are preferred in this order.
  var progressRank: Int? { words.last.flatMap { Self.progress.firstIndex(of: $0) } }

  /// Whether it names something measured to see how good a model is.
  var isMetric: Bool { words.contains(where: Self.metrics.contains) && deviationOf == nil }

  /// Whether it names what tells curves apart.
  var isSeries: Bool { words.contains(where: Self.series.contains) }

  /// Whether it names repetitions of one curve.
  var isRepetition: Bool { words.last.map { Self.repetitions.contains($0) } ?? false }

  /// The words of the quantity whose standard deviation or error this is; nil when it is none.
  ///
  /// A confidence interval is left out: its level is not known.
  var deviationOf: Set<String>? {
    guard words.contains(where: Self.deviations.contains) else { return nil }
    let others = Set(words).subtracting(Self.deviations).subtracting(Self.averages)
    return others.isEmpty ? nil : others
  }

  /// The words of the quantity, without what says that it is an average.
  var quantity: Set<String> { Set(words).subtracting(Self.averages) }

  /// The roles that the name suggests.
  func candidates(isNumeric: Bool) -> [String] {
    var roles: [String] = []
    if isNumeric, isScale { roles.append("x") }
    if isNumeric, isMetric { roles.append("y") }
    if isNumeric, deviationOf != nil { roles.append("sigma") }
    if isSeries { roles.append("curve") }
    if isRepetition { roles.append("run") }
    return roles
  }

  private static let progress = [
    "step", "steps", "iteration", "iterations", "iter", "iters", "update", "updates", "tokens",
    "samples", "examples", "epoch", "epochs",
  ]
  private static let scales: Set<String> = Set(progress).union([
    "n", "size", "sizes", "budget", "params", "param", "parameters", "flops", "flop", "pflops",
    "compute", "width", "nodes", "token", "sample", "example", "images", "pairs", "batches",
    "shots",
    "points", "fraction", "instances", "documents", "words", "bytes", "hours", "games", "episodes",
    "frames",
    "index",
  ])
  private static let metrics: Set<String> = [
    "loss", "error", "err", "perplexity", "ppl", "accuracy", "acc", "f1", "auc", "auroc", "bleu",
    "rouge", "reward", "rewards", "return", "returns", "elo", "score", "value", "bpb", "bpc", "nll",
    "mse", "mae", "rmse", "rmsle", "wer", "cer", "map", "iou", "precision", "recall", "entropy",
    "ndcg", "mrr", "rating", "em", "kl", "top1", "top5",
  ]
  private static let series: Set<String> = [
    "run", "runs", "model", "models", "name", "series", "group", "category", "task", "family",
    "dataset", "method", "variant", "config", "optimizer", "architecture", "curve",
  ]
  private static let repetitions: Set<String> = [
    "seed", "seeds", "replicate", "replicates", "repeat", "repeats", "fold", "trial",
  ]
  private static let deviations: Set<String> = [
    "std", "sd", "stdev", "stderr", "se", "sem", "sigma",
  ]
  private static let averages: Set<String> = ["mean", "avg", "average", "median"]
}
