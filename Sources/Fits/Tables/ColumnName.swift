/// The name of a column, and what the words in it say of its meaning.
struct ColumnName {
  let text: String
  /// In lower case, without what stands in brackets: `FLOPs (1E21)` is `flops`, `eval/f1_mean` is
  /// `eval`, `f1`, `mean`, and `trainLoss` is `train`, `loss`.
  let words: [String]

  /// Of a text that is too long for a name only the beginning counts.
  init(_ text: String) {
    let text = text.bounded(to: 256)
    self.text = text
    var outside = ""
    var inside = ""
    var depth = 0
    for character in text {
      if "([{".contains(character) { depth += 1 }
      if depth == 0 { outside.append(character) } else { inside.append(character) }
      if ")]}".contains(character) { depth = max(0, depth - 1) }
    }
    let deviations = Self.split(inside).filter(Self.deviations.contains)
    words = Self.split(outside) + deviations
  }

  private static func split(_ text: String) -> [String] {
    text.split { !$0.isLetter && !$0.isNumber }.flatMap { word in
      let whole = word.lowercased()
      return isKnown(whole) ? [whole] : humps(of: word)
    }
  }

  /// The parts of a word that begin with capitals after small letters: `trainLoss`.
  private static func humps(of word: Substring) -> [String] {
    var parts: [String] = []
    var last: Character?
    for character in word {
      if parts.isEmpty || character.isUppercase && last?.isLowercase ?? false { parts.append("") }
      parts[parts.count - 1].append(character)
      last = character
    }
    return parts.map { $0.lowercased() }
  }

  // MARK: What it means

  /// Whether it names a scale: what was counted, when its last word does, or a number of something.
  var isScale: Bool {
    if Self.letters.contains(text) { return true }
    guard let counted, !isMetric, !isDeviation, !words.contains("per") else { return false }
    return Self.scales.contains(counted)
      || words.count > 1 && ["n", "num", "number"].contains(words[0])
  }

  /// The scales that mean the progress of one run, which are preferred in this order.
  var progressRank: Int? { counted.flatMap { Self.progress.firstIndex(of: $0) } }

  /// Whether it names the place of a row alone.
  var isIndex: Bool { words == ["index"] }

  /// Whether it names something measured to see how good a model is, and not by what that is scaled,
  /// nor what stands beside it.
  var isMetric: Bool {
    words.contains(where: Self.metrics.contains) && !isDeviation
      && words.last.map { !["scale", "brackets"].contains($0) } ?? false
  }

  /// Whether it names a logarithm of something, which the law would take the logarithm of again.
  var isLogarithm: Bool { words.contains { ["log", "log2", "log10", "ln"].contains($0) } }

  /// Whether it names what was measured on data that training does not see.
  var isOfUnseen: Bool { words.contains(where: Self.unseen.contains) }

  /// Whether it names a share, whose best is 1, or 100 in per cent.
  var isShare: Bool { words.contains(where: Self.shares.contains) && !isDeviation }

  /// Whether it names what tells curves apart.
  var isSeries: Bool { words.contains(where: Self.series.contains) }

  /// Whether it names repetitions of one curve.
  var isRepetition: Bool { words.last.map { Self.repetitions.contains($0) } ?? false }

  /// Whether its cells are names of curves or of their repetitions.
  var tellsApart: Bool { isSeries || isRepetition }

  /// Whether it names a standard deviation or error.
  var isDeviation: Bool { words.contains(where: Self.deviations.contains) }

  /// The words of the quantity, without what says that it is an average, a deviation or a bound.
  var quantity: Set<String> {
    Set(words).subtracting(Self.averages).subtracting(Self.deviations).subtracting(Self.bounds)
      .subtracting(Self.errors)
  }

  /// Whether it is a deviation or a bound of another column, which is of the same quantity.
  func isCompanion(of other: ColumnName) -> Bool {
    guard mayBeCompanion, quantity == other.quantity else { return false }
    return (words.contains(where: Self.bounds.contains) || isErrorOf(other))
      && !other.words.contains(where: Self.bounds.contains)
  }

  /// Whether it is called a bound, or an error of something.
  var mayBeCompanion: Bool {
    words.contains(where: Self.bounds.contains)
      || words.count > 1 && words.contains(where: Self.errors.contains)
  }

  /// Whether it is the error of another column by such a name as `loss_err`.
  func isErrorOf(_ other: ColumnName) -> Bool {
    let others = Set(words).subtracting(Self.errors)
    return others.count < Set(words).count && other.isMetric && !others.isEmpty
      && others.subtracting(Self.averages) == Set(other.words).subtracting(Self.averages)
  }

  /// The roles that the name suggests.
  func candidates(isNumeric: Bool) -> [String] {
    var roles: [String] = []
    if isNumeric, isScale { roles.append("x") }
    if isNumeric, isMetric { roles.append("y") }
    if isNumeric, isDeviation { roles.append("sigma") }
    if isSeries { roles.append("curve") }
    if isRepetition { roles.append("run") }
    return roles
  }

  /// The last word that is no unit and says not of what it is: `tokens` in `train_tokens_B`, `epoch` in
  /// `Epoch(val)`.
  private var counted: String? { words.last { !Self.units.contains($0) } ?? words.last }

  // MARK: Words

  private static func isKnown(_ word: String) -> Bool {
    [scales, metrics, series, repetitions, deviations, averages].contains { $0.contains(word) }
  }

  /// Names of one letter that mean something in capitals alone: parameters, data and compute.
  private static let letters: Set<String> = ["N", "D", "C"]
  private static let units: Set<String> = [
    "k", "m", "b", "g", "t", "bn", "thousand", "thousands", "million", "millions", "billion",
    "billions", "trillion", "trillions", "seen", "processed", "consumed", "trained", "used",
    "sampled", "total", "so", "far", "train", "val", "test",
  ]
  private static let progress = [
    "step", "steps", "timestep", "timesteps", "iteration", "iterations", "iter", "iters", "update",
    "updates", "tokens",
    "samples", "examples", "epoch", "epochs",
  ]
  private static let scales: Set<String> = Set(progress).union([
    "n", "size", "sizes", "budget", "params", "param", "parameters", "flops", "flop", "pflops",
    "compute", "width", "nodes", "token", "sample", "example", "images", "pairs", "batches",
    "shots", "points", "fraction", "percentage", "portion", "instances", "documents", "words",
    "bytes", "hours", "games", "episodes", "frames", "index", "depth", "layers", "dim", "dimension",
    "neurons", "checkpoint", "ckpt", "rows", "observations", "sequences", "sentences", "prompts",
    "rollouts", "interacts", "trajectories", "demonstrations", "interactions", "queries",
  ])
  private static let shares: Set<String> = [
    "accuracy", "acc", "f1", "auc", "auroc", "precision", "recall", "map", "iou", "miou", "em",
    "top1", "top5", "success", "win", "winrate", "exact", "pass",
  ]
  private static let metrics: Set<String> = shares.union([
    "loss", "losses", "error", "errors", "err", "perplexity", "ppl", "bleu", "chrf", "rouge",
    "meteor", "reward", "rewards", "rew", "return", "returns", "ret", "elo", "score", "scores",
    "value", "values", "bpb",
    "bpc", "bits", "nll", "logloss", "xent", "ce", "mse", "mae", "rmse", "rmsle", "wer", "cer",
    "entropy", "ndcg", "mrr", "hits", "rating", "kl", "r2", "mcc", "fid", "psnr", "ssim", "dice",
    "brier", "ece", "spearman", "pearson", "correlation", "regret", "likelihood", "logprob",
    "mmlu", "hellaswag", "gsm8k", "humaneval", "mbpp", "lambada", "piqa", "winogrande", "triviaqa",
  ])
  private static let series: Set<String> = [
    "run", "runs", "model", "models", "name", "series", "group", "category", "task", "tasks",
    "family", "dataset", "method", "variant", "config", "optimizer", "architecture", "arch",
    "curve", "experiment", "exp", "benchmark", "metric", "variable", "key", "tag", "split",
    "subset", "language", "lang", "domain", "setting", "condition", "algorithm", "algo", "env",
    "environment", "type", "label", "system",
  ]
  private static let repetitions: Set<String> = [
    "seed", "seeds", "replicate", "replicates", "repeat", "repeats", "fold", "trial",
  ]
  private static let deviations: Set<String> = [
    "std", "sd", "stdev", "stddev", "stderr", "se", "sem", "sigma",
  ]
  /// What names an error of another column, or else a metric.
  private static let errors: Set<String> = ["err", "error", "unc", "uncertainty"]
  private static let bounds: Set<String> = [
    "min", "max", "lower", "upper", "lo", "hi", "low", "high", "ci", "ci95",
  ]
  private static let unseen: Set<String> = [
    "val", "valid", "validation", "eval", "test", "heldout",
  ]
  private static let averages: Set<String> = ["mean", "avg", "average", "median"]
}
