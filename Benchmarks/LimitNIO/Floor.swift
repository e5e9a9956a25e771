import NIOCore

/// The rooms as one loop sees them. What is said in a turn of the loop is gathered, and handed out at its end: each
/// connection is written to and flushed once a turn, each other loop told once a turn.
final class Floor {
    private let loop: any EventLoop
    private let building: Building
    private var rooms: [String: Room] = [:]
    private var roomsByNumber: [Room?] = []
    private var spokenIn = ContiguousArray<Room>()
    private var touched = ContiguousArray<Session>()
    private var parcel = Parcel()
    private var isTurnOpen = false

    init(loop: any EventLoop, building: Building) {
        self.loop = loop
        self.building = building
    }

    /// - Returns: The room if somebody, on whatever loop, has ever joined it.
    func room(named name: String) -> Room? {
        if let room = rooms[name] { return room }
        return building.number(of: name).map { room(named: name, number: $0) }
    }

    func madeRoom(named name: String) -> Room {
        rooms[name] ?? room(named: name, number: building.madeNumber(of: name))
    }

    private func room(named name: String, number: Int) -> Room {
        if number < roomsByNumber.count, let room = roomsByNumber[number] { return room }
        let room = Room(name: name, number: number)
        rooms[name] = room
        while roomsByNumber.count <= number { roomsByNumber.append(nil) }
        roomsByNumber[number] = room
        return room
    }

    func say(_ line: UnsafeRawBufferPointer, in room: Room, by speaker: Session) {
        note(room)
        room.say(line, by: speaker)
        if building.hasOtherLoops { parcel.add(line, room: room.number) }
    }

    /// Takes what was said on another loop.
    func open(_ parcel: Parcel) {
        for (number, events) in parcel {
            guard number < roomsByNumber.count, let room = roomsByNumber[number] else { continue }
            note(room)
            room.hear(events)
        }
    }

    /// There is something to hand out in the room.
    private func note(_ room: Room) {
        if !room.hasLines { spokenIn.append(room) }
        openTurn()
    }

    /// The session has something to write.
    func touch(_ session: Session) {
        touched.append(session)
        openTurn()
    }

    /// The loop runs what is executed when it is through with what the sockets had.
    private func openTurn() {
        guard !isTurnOpen else { return }
        isTurnOpen = true
        loop.assumeIsolated().execute { self.endTurn() }
    }

    private func endTurn() {
        if !parcel.isEmpty {
            building.send(parcel, from: loop)
            parcel = Parcel()
        }
        for room in spokenIn { room.handOut() }
        spokenIn.removeAll(keepingCapacity: true)
        for session in touched { session.writeOut() }
        touched.removeAll(keepingCapacity: true)
        isTurnOpen = false
    }
}
