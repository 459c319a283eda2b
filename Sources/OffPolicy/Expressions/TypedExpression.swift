/// An expression whose names are known and whose types fit: what the type checker makes and the evaluator runs.
package indirect enum NumberExpression: Sendable {
    case constant(Double)
    case column(String)
    case model(name: String, output: ModelOutput)
    case negated(NumberExpression)
    case sum([Term])
    case product([Term])
    case absolute(NumberExpression)
    case least([NumberExpression])
    case greatest([NumberExpression])

    package struct Term: Sendable {
        package var operand: NumberExpression
        /// Subtracted in a sum, a divisor in a product.
        package var isInverse: Bool
    }
}

package indirect enum ConditionExpression: Sendable {
    case compareNumbers(ComparisonOperator, NumberExpression, NumberExpression)
    case numberIn(NumberExpression, [Double])
    case sameText(TextOperand, TextOperand, isNegated: Bool)
    case textIn(TextOperand, Set<String>)
    case missingNumber(NumberExpression)
    case missingText(TextOperand)
    case not(ConditionExpression)
    case all([ConditionExpression])
    case any([ConditionExpression])
}

package enum TextOperand: Sendable {
    case constant(String)
    case column(String)
}
