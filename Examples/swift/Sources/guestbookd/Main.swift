import FountainService
import Guestbook

@main enum Main {
    static func main() async { await Guestbook.service.main() }
}
