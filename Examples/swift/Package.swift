// swift-tools-version: 6.2
// A service of one's own on the bus of FountainAI, with its tests: a package outside theirs. From elsewhere, depend on their repository by URL and
// branch or revision instead of by path: one of its targets has `unsafeFlags`, which SwiftPM takes from no package that is named by version.
import PackageDescription

let package = Package(
    name: "Guestbook",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "FountainAI", path: "../..")],
    targets: [
        .target(name: "Guestbook", dependencies: [.product(name: "FountainService", package: "FountainAI")]),
        .executableTarget(
            name: "guestbookd",
            dependencies: ["Guestbook", .product(name: "FountainService", package: "FountainAI")]
        ),
        .testTarget(
            name: "GuestbookTests",
            dependencies: ["Guestbook", .product(name: "EcosystemTesting", package: "FountainAI")]
        ),
    ]
)
