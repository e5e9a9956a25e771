import LineProtocol
import NIOCore
import Testing

@Suite struct RFC3339Tests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (999, "1970-01-01T00:00:00.999Z"), (-1_000, "1969-12-31T23:59:59.000Z"),
            (1_796_144_534_667, "2026-12-01T17:02:14.667Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"), (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (2_147_483_648_000, "2038-01-19T03:14:08.000Z"), (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
            (-62_162_121_600_000, "0000-02-29T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
            (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
            (.min, "0000-01-01T00:00:00.000Z"), (.max, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func milliseconds_areWrittenWithThreeDigits(milliseconds: Int64, text: String) {
        #expect(RFC3339.string(milliseconds: milliseconds) == text)
        #expect(written { RFC3339.write(milliseconds: milliseconds, into: &$0) } == text)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:00Z"), (29_940_120, "2026-12-04T18:00:00Z"),
            (-1_036_120_320, "0000-01-01T00:00:00Z"), (4_223_371_679, "9999-12-31T23:59:00Z"),
            (.min, "0000-01-01T00:00:00Z"), (.max, "9999-12-31T23:59:00Z"),
        ] as [(Int64, String)])
    func minutes_areWrittenWithSecondsOfZero(minute: Int64, text: String) {
        #expect(RFC3339.string(minute: minute) == text)
        #expect(written { RFC3339.write(minute: minute, into: &$0) } == text)
    }

    /// Counts the days of all years one by one, by the rule of the Gregorian calendar.
    @Test func everyDayOfTenThousandYears_isTheOneAfterTheDayBefore() {
        var day: Int64 = -719_528
        for year in 0...9_999 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            for (month, length) in lengths.enumerated() {
                // The first and the last day of a month show a fault in any between.
                for dayOfMonth in [1, length] {
                    let expected =
                        "\(padded(year, 4))-\(padded(month + 1, 2))-\(padded(dayOfMonth, 2))T00:00:00Z"
                    let text = RFC3339.string(minute: (day + Int64(dayOfMonth) - 1) * 1_440)
                    if text != expected { Issue.record("\(text) instead of \(expected)") }
                }
                day += Int64(length)
            }
        }
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: width - digits.count) + digits
    }
}
