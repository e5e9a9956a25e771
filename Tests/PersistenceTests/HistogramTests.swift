import Persistence
import Testing

@Suite("Histogram")
struct HistogramTests {
    @Test func countsWhatIsAtMostAsLargeAsEachBound() {
        let histogram = Histogram(bounds: [1, 2, 5])
        for value in [0.5, 1, 1.5, 2.5, 7, 7] { histogram.observe(value) }
        let reading = histogram.reading
        #expect(reading.bounds == [1, 2, 5] && reading.cumulative == [2, 3, 4])
        #expect(reading.count == 6 && reading.sum == 19.5)
    }
}
