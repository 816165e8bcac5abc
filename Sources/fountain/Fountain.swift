@main struct Fountain { static func main() {} }
