import Testing

@testable import GatherChatd

@Suite("Who may use how many descriptors")
struct DescriptorBudgetTests {
    @Test(arguments: [(256, 16, 160), (1_024, 64, 832), (20_000, 256, 19_424)])
    func nobodyCanTakeThoseOfTheOthers(_ descriptors: Int, _ web: Int, _ chat: Int) {
        let budget = DescriptorBudget(descriptors)
        #expect(budget.web == web && budget.chat == chat)
        #expect(budget.chat + 2 * budget.web + DescriptorBudget.reserved <= descriptors)
    }

    @Test func fewAreStillSome() { #expect(DescriptorBudget(32).chat == 1 && DescriptorBudget(Int.max).web == 256) }
}
