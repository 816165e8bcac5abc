# Public declarations without a doc comment: awk -f scripts/undocumented.awk FILE…
#
# Covered: what says `public` or `open`, in types and in extensions; the requirements of public protocols; the cases of public enums.
# It reads lines, as swift format writes them: a member stands four columns in from its protocol or enum. Whether a comment says anything is
# left to whoever reads it. Let through is what answers a protocol: DocC shows the protocol's own words there. Of `TextValue` and its kin only in
# a type that says so: another's `text` or `rule` has no words anywhere.
function answersProtocol(text) {
    return text ~ /(init\(from decoder:|init\([a-z]+Literal |encode\(to |hash\(into |func (==|<) |next\(\)|unownedExecutor)/ \
        || text ~ /var ((description|debugDescription|rawValue): String \{|customMirror: Mirror \{)/ \
        || text ~ /static (func refine\(|(var|let) (schema|sample)[: ])/ \
        || (isValue[indent - 4] && text ~ /public (static let (rule|range|length|standard|meaning) =|let text: String$|init\?\(_ text: String\) \{$)/)
}
# Whether the type that begins in this line is one of those; what its type parameters have to be is not what it is.
function saysValue(text) {
    gsub(/<[^>]*>/, "", text)
    return text ~ /: .*(TextValue|TextBounds|NumberBounds)/
}
function report(text) {
    sub(/ *\{.*$/, "", text)
    print FILENAME ":" FNR ": " (text ~ /^public|^open/ ? "" : "public ") text " has no doc comment"
}
FNR == 1 { above = ""; inText = 0; open = 0; depth = 0; delete isValue }
{
    indent = match($0, /[^ ]/) - 1
    text = substr($0, indent + 1)
    if (inText) { if (text ~ /"""/) inText = 0; next }
    if (open > 0) { open += gsub(/\(/, "(") - gsub(/\)/, ")"); next } # further lines of an attribute

    while (depth > 0 && text ~ /^}/ && indent <= at[depth]) depth--
    declaration = text
    sub(/^(@[A-Za-z]+(\([^)]*\))?( +|$))+/, "", declaration)
    if (declaration ~ /(^| )(actor|class|enum|extension|struct) [A-Z]/) isValue[indent] = saysValue(declaration)
    isPublic = declaration ~ /^([a-z]+ )*(public|open) ([a-z]+(\([a-z]+\))? )*(actor|associatedtype|class|enum|func|init|let|protocol|struct|subscript|typealias|var)/
    isMember = depth > 0 && indent == at[depth] + 4 && declaration ~ what[depth]
    if ((isPublic || isMember) && above !~ /^\/\/\// && !answersProtocol(declaration)) report(declaration)

    if (isPublic && declaration ~ /(enum|protocol) [^{]*\{ *$/) {
        at[++depth] = indent
        what[depth] = declaration ~ /protocol / ? "^(static |mutating )*(associatedtype|func|init|subscript|var)" : "^(indirect )?case "
    }
    if (text ~ /^@/ && declaration ~ /^(@|\/\/|$)/) open = gsub(/\(/, "(", text) - gsub(/\)/, ")", text)
    else above = text
    if (gsub(/"""/, "") % 2) inText = 1
}
