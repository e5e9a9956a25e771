import Testing

@testable import GatherChatd

@Suite("Who may use how many descriptors")
struct DescriptorBudgetTests {
    @Test(arguments: [(256, 16, 144), (1_024, 64, 816), (20_000, 256, 19_408)])
    func nobodyCanTakeThoseOfTheOthers(_ descriptors: Int, _ web: Int, _ chat: Int) {
        let budget = DescriptorBudget(descriptors)
        #expect(budget.web == web && budget.chat == chat)
        #expect(budget.chat + Population.mostTold + 2 * budget.web + DescriptorBudget.reserved <= descriptors)
    }

    @Test func fewAreStillSome() { #expect(DescriptorBudget(32).chat == 1 && DescriptorBudget(Int.max).web == 256) }
}
