import LineProtocol
import Persistence

extension Command {
    static let budget = Command(
        Declaration(
            "BUDGET", nil, [.room(required: false), .text("20-40 EUR", required: false)], by: .room(.member),
            codes: [.invalidBudget],
            help: "Tells what you can spend; * takes it away, nothing shows it."),
        .writeRoom { call, standing, transaction in
            let user = try call.user()
            guard let text = call.arguments.text else {
                let known = try transaction.ownPlanning(user, in: standing).budget.flatMap(Budget.init(stored:))
                return Answer([standing.shown, known?.shown ?? "*"])
            }
            let budget = text == "*" ? nil : try Budget(parsing: text)
            try transaction.setBudget(
                budget.map { BudgetRecord(low: $0.low, high: $0.high, currency: $0.currency.code) },
                room: standing.reference.id, account: user.account)
            transaction.record(.budget(standing.reference, by: user.reference, budget: budget?.shown))
            return Answer([standing.shown, budget?.shown ?? "*"])
        })
}
