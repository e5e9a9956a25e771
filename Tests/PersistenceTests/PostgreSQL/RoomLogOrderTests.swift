import Synchronization
import Testing

@testable import Persistence

@Suite("A daemon tells each room's log in its order, whatever is read when")
struct RoomLogOrderTests {
    /// What was told, by room.
    private final class Log: Sendable {
        private let lines = Mutex<[Int64: [String]]>([:])

        func add(_ batch: CommittedBatch) {
            for item in batch.items {
                let single = Told()
                single.add(CommittedBatch(items: [item]))
                let room =
                    switch item {
                    case .message(let message): message.room.id.rawValue
                    case .change(let change, _): change.room?.rawValue ?? 0
                    case .refused: Int64(0)
                    }
                lines.withLock { $0[room, default: []] += single.all }
            }
        }

        subscript(room: Int64) -> [String] { lines.withLock { $0[room] ?? [] } }
    }

    /// One daemon among others: its own batches, their transactions, and readings under way, in any order.
    private struct World {
        var chance: SeededRandom
        var model = RoomLogModel()
        let told = Log()
        let log: RoomLog
        let rooms: [Int64] = [1, 2]
        var others: [Int64] = []
        /// Asked for, not looked up yet; looked up, not arrived yet.
        var asked: [RoomLogReading.Position] = []
        var arriving: [RoomLogReading] = []
        /// The own batch that is being committed.
        var own: (transaction: Int64, room: Int64, first: Int64, count: Int, isCommitted: Bool)?

        init(seed: UInt64) {
            chance = SeededRandom(seed: seed)
            log = RoomLog(
                node: 1, first: RoomLogModel().read(from: .init(transaction: 0, rooms: [])), formerAuthor: "gone"
            ) {
                [told] in told.add($0)
            }
            for room in rooms { log.follow(.test(room), after: 0) }
        }

        mutating func step() {
            switch Int.random(in: 0..<9, using: &chance) {
            case 0, 1: beginOther()
            case 2: endOther()
            case 3:
                asked.append(
                    log.position(of: Bool.random(using: &chance) ? nil : [rooms.randomElement(using: &chance) ?? 1]))
            case 4:
                guard !asked.isEmpty else { return }
                let position = asked.remove(at: Int.random(in: asked.indices, using: &chance))
                arriving.append(model.read(from: position))
            case 5, 6:
                guard !arriving.isEmpty else { return }
                log.take(arriving.remove(at: Int.random(in: arriving.indices, using: &chance)))
            case 7: beginOwn()
            default: advanceOwn()
            }
        }

        mutating func beginOther() {
            guard let room = rooms.randomElement(using: &chance), !model.isLocked(room) else { return }
            let transaction = model.begin(in: room)
            if Bool.random(using: &chance) {
                model.write(messages: Int.random(in: 1...3, using: &chance), isOwn: false, in: transaction)
            } else {
                model.writeChange(in: transaction)
            }
            others.append(transaction)
        }

        mutating func endOther() {
            guard !others.isEmpty else { return }
            let transaction = others.remove(at: Int.random(in: others.indices, using: &chance))
            if Int.random(in: 0..<8, using: &chance) == 0 {
                model.rollBack(transaction)
            } else {
                model.commit(transaction)
            }
        }

        /// As the message lane does it: lock, catch up, hold.
        mutating func beginOwn() {
            guard own == nil, let room = rooms.randomElement(using: &chance), !model.isLocked(room) else { return }
            let transaction = model.begin(in: room)
            let newest = model.newest(in: room)
            if log.isBehind(room: room, newest: newest.message, change: newest.change) {
                log.take(model.read(from: log.position(of: [room])))
                log.caughtUp([(room: room, change: newest.change)])
            }
            let count = Int.random(in: 1...3, using: &chance)
            model.write(messages: count, isOwn: true, in: transaction)
            log.hold([(room: room, first: newest.message + 1)])
            own = (transaction, room, newest.message + 1, count, false)
        }

        mutating func advanceOwn() {
            guard let batch = own else { return }
            guard batch.isCommitted else {
                if Int.random(in: 0..<8, using: &chance) == 0 {
                    model.rollBack(batch.transaction)
                    log.tell([], newest: [], released: [batch.room])
                    own = nil
                } else {
                    model.commit(batch.transaction)
                    own?.isCommitted = true
                }
                return
            }
            let ids = batch.first..<batch.first + Int64(batch.count)
            log.tell(
                ids.map { .own($0, room: batch.room) }, newest: [(room: batch.room, id: ids.upperBound - 1)],
                released: [batch.room])
            own = nil
        }

        /// Everything ends, and one last look is taken.
        mutating func settle() {
            while !others.isEmpty { endOther() }
            while own != nil { advanceOwn() }
            for reading in arriving.shuffled(using: &chance) { log.take(reading) }
            log.take(model.read(from: log.position(of: nil)))
        }
    }

    @Test(arguments: 0..<300) func theOrderIsThatOfTheDatabaseAndNothingComesTwice(seed: Int) {
        var world = World(seed: UInt64(seed))
        for _ in 0..<400 { world.step() }
        world.settle()
        for room in world.rooms {
            let expected = (world.model.committed[room] ?? []).map(\.line)
            #expect(world.told[room] == expected, "seed \(seed), room \(room)")
        }
    }
}

/// Repeatable chance (SplitMix64, Steele, Lea and Flood 2014).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
