// swift-tools-version: 6.2
// A service of one's own on the bus of FountainAI, with its tests: a package outside theirs. From elsewhere, depend on their repository by URL and
// branch instead of by path.
import PackageDescription

let package = Package(
    name: "Guestbook",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "FountainAI", path: "../..")],
    targets: [
        .target(name: "Guestbook", dependencies: [.product(name: "FountainService", package: "FountainAI")]),
        .executableTarget(name: "guestbookd", dependencies: ["Guestbook"]),
        .testTarget(
            name: "GuestbookTests",
            dependencies: ["Guestbook", .product(name: "EcosystemTesting", package: "FountainAI")]
        ),
    ]
)
