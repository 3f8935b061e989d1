"""The terms of SHACL by their local names: those that can be checked, and those that cannot.

The W3C's vocabulary of 2017-07-20, http://www.w3.org/ns/shacl#, has those of Core, of the Advanced
Features and of JavaScript. Those of node expressions from ``exists`` on are from a note on the
Advanced Features, those of SHACL 1.2 from the draft of its vocabulary.
"""

from __future__ import annotations

CORE = frozenset(
    """
    Shape NodeShape PropertyShape deactivated targetClass targetNode targetObjectsOf
    targetSubjectsOf message severity NodeKind BlankNode BlankNodeOrIRI BlankNodeOrLiteral IRI
    IRIOrLiteral Literal ValidationReport conforms result shapesGraphWellFormed AbstractResult
    ValidationResult Severity Info Violation Warning detail focusNode resultMessage resultPath
    resultSeverity sourceConstraint sourceShape sourceConstraintComponent value shapesGraph
    suggestedShapesGraph entailment path inversePath alternativePath zeroOrMorePath
    oneOrMorePath zeroOrOnePath Parameterizable parameter labelTemplate Parameter optional
    ConstraintComponent validator nodeValidator propertyValidator Validator SPARQLAskValidator
    SPARQLSelectValidator AndConstraintComponent and ClassConstraintComponent class
    ClosedConstraintComponent closed ignoredProperties DatatypeConstraintComponent datatype
    DisjointConstraintComponent disjoint EqualsConstraintComponent equals
    HasValueConstraintComponent hasValue InConstraintComponent in LanguageInConstraintComponent
    languageIn LessThanConstraintComponent lessThan LessThanOrEqualsConstraintComponent
    lessThanOrEquals MaxCountConstraintComponent maxCount MaxExclusiveConstraintComponent
    maxExclusive MaxInclusiveConstraintComponent maxInclusive MaxLengthConstraintComponent
    maxLength MinCountConstraintComponent minCount MinExclusiveConstraintComponent minExclusive
    MinInclusiveConstraintComponent minInclusive MinLengthConstraintComponent minLength
    NodeConstraintComponent node NodeKindConstraintComponent nodeKind NotConstraintComponent not
    OrConstraintComponent or PatternConstraintComponent flags pattern
    PropertyConstraintComponent property QualifiedMaxCountConstraintComponent
    QualifiedMinCountConstraintComponent qualifiedMaxCount qualifiedMinCount qualifiedValueShape
    qualifiedValueShapesDisjoint UniqueLangConstraintComponent uniqueLang
    XoneConstraintComponent xone SPARQLExecutable SPARQLAskExecutable ask
    SPARQLConstructExecutable construct SPARQLSelectExecutable select SPARQLUpdateExecutable
    update prefixes PrefixDeclaration declare prefix namespace SPARQLConstraintComponent sparql
    SPARQLConstraint defaultValue description group name order PropertyGroup
    """.split()
)
"""The terms of SHACL Core and SHACL-SPARQL."""
_ADVANCED = """
    target Target TargetType SPARQLTarget SPARQLTargetType Function returnType SPARQLFunction
    resultAnnotation ResultAnnotation annotationProperty annotationValue annotationVarName this
    filterShape nodes intersection union ExpressionConstraintComponent expression Rule rule
    condition TripleRule subject predicate object SPARQLRule minus exists if then else count
    distinct min max sum groupConcat separator orderBy desc limit offset values
"""
_JAVASCRIPT = """
    JSExecutable JSTarget JSTargetType JSConstraint JSConstraintComponent js jsFunctionName
    jsLibrary jsLibraryURL JSFunction JSLibrary JSRule JSValidator
"""
_NEWER = """
    ShapeClass targetWhere shape TripleTerm Graph DataGraph ShapesGraph RulesGraph
    ProcessorConfiguration conformsToShapesGraph conformanceDisallows usedShapesGraph
    usedDataGraph usedConfiguration Trace Debug incomplete incompleteURIStart memberShape
    minListLength maxListLength uniqueMembers reifierShape reificationRequired rootClass
    singleLine someValue subsetOf uniqueValuesFor MemberShapeConstraintComponent
    MinListLengthConstraintComponent MaxListLengthConstraintComponent
    UniqueMembersConstraintComponent ReifierShapeConstraintComponent
    RootClassConstraintComponent SingleLineConstraintComponent SomeValueConstraintComponent
    SubsetOfConstraintComponent UniqueValuesForConstraintComponent NodeExpressionFunction
    NamedParameterExpressionFunction keyParameter ListParameterExpressionFunction NodeExpression
    NamedParameterExpression ListParameterExpression bodyExpression SPARQLDescribeExecutable
    describe SelectExpression SPARQLExprExpression sparqlExpr
    NodeByExpressionConstraintComponent nodeByExpression agentInstruction codeIdentifier
    formalized intent unit RulesEntailment expectedPredicate layer runOnce RuleSet
    includesRuleSet hasRule ruleProcessor sourceRule tempTriple SPARQLRuleTemplate ByTypes
"""
UNSUPPORTED = {
    name: specification
    for specification, names in (
        ("SHACL Advanced Features", _ADVANCED),
        ("SHACL-JS", _JAVASCRIPT),
        ("SHACL 1.2", _NEWER),
    )
    for name in names.split()
}
"""The specification of each term that neither engine knows, so that it is ignored."""
