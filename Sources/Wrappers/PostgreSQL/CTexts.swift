// Texts and bytes as C functions take them in lists: pointers into one buffer, which lives as long as the call.

struct CTexts {
    private var bytes: [UInt8] = [0]
    private var places: [Int?] = []
    private(set) var lengths: [Int32] = []

    mutating func add(_ text: String) {
        places.append(bytes.count)
        lengths.append(Int32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }

    mutating func add(_ parameter: Parameter) {
        let range = parameter.append(to: &bytes)
        places.append(range?.lowerBound)
        lengths.append(Int32(range?.count ?? 0))
    }

    /// Ends a list whose length C does not know.
    mutating func end() { places.append(nil) }

    func withPointers<Value>(_ body: ([UnsafePointer<CChar>?]) -> Value) -> Value {
        unsafe bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress
            let pointers = unsafe places.map { place in
                unsafe place.flatMap { place in
                    unsafe start.map { unsafe ($0 + place).assumingMemoryBound(to: CChar.self) }
                }
            }
            return unsafe body(pointers)
        }
    }
}
