import Persistence
import Testing

@testable import GatherChatd

@Suite("The text that Prometheus reads")
struct MetricsTextTests {
    @Test func eachMetricHasItsHelpAndItsTypeBeforeItsValues() {
        let histogram = Histogram(bounds: [0.5, 1])
        for value in [0.25, 0.75, 3] { histogram.observe(value) }
        var text = MetricsText()
        text.gauge("a", "Some.", 3)
        text.gauge("b", "Not there.", nil as Int?)
        text.counter("c_total", "By kind.", label: "kind", [("x", 1), ("y", 0)])
        text.histogram("d_seconds", "Times.", histogram.reading)
        text.gauge("e", "A part.", 1.5)
        #expect(
            text.text == """
                # HELP a Some.
                # TYPE a gauge
                a 3
                # HELP c_total By kind.
                # TYPE c_total counter
                c_total{kind="x"} 1
                c_total{kind="y"} 0
                # HELP d_seconds Times.
                # TYPE d_seconds histogram
                d_seconds_bucket{le="0.5"} 1
                d_seconds_bucket{le="1"} 2
                d_seconds_bucket{le="+Inf"} 3
                d_seconds_sum 4
                d_seconds_count 3
                # HELP e A part.
                # TYPE e gauge
                e 1.5

                """)
    }
}
