/// Curves that tests post, as members of a JSON object.
enum Curves {
  /// 4-digit addition (Caballero et al., figure 4): the 14 points that the paper fits.
  static let fourDigitAddition = """
    "x":[160,192,256,320,384,448,480,512,544,576,608,640,672,736],\
    "y":[2.13809046,2.11813418,2.08955508,2.06988398,2.05404987,2.03837089,2.02814281,2.00496872,\
    1.95576149,1.86313841,1.70891537,1.50637664,1.29754721,0.96559684]
    """

  /// The same points as a table.
  static let fourDigitAdditionTable: String = {
    let columns = fourDigitAddition.split(separator: "[").dropFirst().map {
      $0.prefix { $0 != "]" }.split(separator: ",")
    }
    return "x,y\n" + zip(columns[0], columns[1]).map { "\($0),\($1)\n" }.joined()
  }()

  /// A request for the fit that the design document gives the constants of.
  static let oneBreak = """
    {\(fourDigitAddition),"breaks":1,"objective":"log1p","predict":[800,864,928]}
    """

  /// A request whose fit takes a second or two.
  ///
  /// The seed sets requests apart that would share one computation otherwise.
  static func slow(seed: Int) -> String { noisy(count: 30_000, seed: seed) }

  /// A request whose fit takes some seconds on one processor.
  static let slower = noisy(count: 400, seed: 1, resampled(800))

  /// A request whose fit goes on for as long as any test needs it to.
  static func endless(seed: Int) -> String {
    noisy(count: 100_000, seed: seed, resampled(2000))
  }

  private static func resampled(_ count: Int) -> String {
    #","intervals":{"method":"bootstrap","samples":\#(count)}"#
  }

  private static func noisy(count: Int, seed: Int, _ more: String = "") -> String {
    let x = (1...count).map { "\($0)" }.joined(separator: ",")
    // A noise that no law follows keeps the solver at work.
    let y = (1...count).map { "\(2 + 1 / Double($0) + Double($0 * 7919 % 1009) * 1e-5)" }
      .joined(separator: ",")
    return #"{"x":[\#(x)],"y":[\#(y)],"breaks":5,"seed":\#(seed)\#(more)}"#
  }
}
