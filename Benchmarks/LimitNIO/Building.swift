import NIOCore
import Synchronization

/// All loops: what they have in common, and how they tell each other what was said.
final class Building: Sendable {
    private let floors: [(loop: any EventLoop, floor: NIOLoopBoundBox<Floor?>)]
    private let numbers = Mutex<[String: Int]>([:])

    init(_ group: any EventLoopGroup) {
        floors = group.makeIterator().map { loop in
            (loop, NIOLoopBoundBox.makeEmptyBox(valueType: Floor.self, eventLoop: loop))
        }
    }

    var hasOtherLoops: Bool { floors.count > 1 }

    /// - Returns: The rooms of the loop that this runs on.
    func floor(of loop: any EventLoop) throws -> Floor {
        guard let box = floors.first(where: { $0.loop === loop })?.floor else {
            throw ChannelError.operationUnsupported
        }
        if let floor = box.value { return floor }
        let floor = Floor(loop: loop, building: self)
        box.value = floor
        return floor
    }

    /// Rooms have numbers, so that loops need not send each other names.
    func number(of room: String) -> Int? {
        numbers.withLock { $0[room] }
    }

    func madeNumber(of room: String) -> Int {
        numbers.withLock { numbers in
            if let number = numbers[room] { return number }
            let number = numbers.count
            numbers[room] = number
            return number
        }
    }

    /// - Parameter sender: Loops do not agree on which of two loops was first; the order of one sender's lines holds.
    func send(_ parcel: Parcel, from sender: any EventLoop) {
        for (loop, floor) in floors where loop !== sender {
            loop.execute { floor.value?.open(parcel) }
        }
    }
}

/// What was said on one loop in one turn, for the other loops.
struct Parcel: Sendable, Sequence {
    private var events = ByteBuffer()
    private var cuts: [(room: Int, end: Int)] = []

    var isEmpty: Bool { cuts.isEmpty }

    mutating func add(_ line: UnsafeRawBufferPointer, room: Int) {
        events.writeEvent(line)
        if let last = cuts.indices.last, cuts[last].room == room {
            cuts[last].end = events.writerIndex
        } else {
            cuts.append((room, events.writerIndex))
        }
    }

    /// Rooms, and what was said in them.
    func makeIterator() -> AnyIterator<(Int, ByteBuffer)> {
        var (rest, cuts, start) = (events, cuts.makeIterator(), 0)
        return AnyIterator {
            guard let cut = cuts.next(), let slice = rest.readSlice(length: cut.end - start) else { return nil }
            start = cut.end
            return (cut.room, slice)
        }
    }
}
