// Package content holds the words: for each language one folder with one
// Markdown file a lesson and the program's own messages. The package parses
// them, compares pins and falls back to English where a translation is missing.
package content

// Document is a lesson's prose in one language, complete: what the language
// lacks is there in English, marked by Section.Fallback.
type Document struct {
	Lang     Lang
	Lesson   string
	Title    string
	Summary  string // one sentence for the lesson list
	Intro    []Block
	Sections []Section // in the order of the lesson's steps
}

// Section is the prose of one step.
type Section struct {
	Step     string
	Heading  string
	Blocks   []Block
	Outcomes map[string]string // outcome id: what the learner should see, one line
	Hints    map[string]string // hint id: one or two sentences
	Question *Question         // nil where the step asks none
	// Hash is the short hash of this section's own source; Pin the hash of the
	// English section a translation was made from ("" in English).
	Hash, Pin string
	// Fallback is set where the language has no such section and English stands in.
	Fallback bool
	// Stale is set where the English section has changed since it was translated.
	Stale bool
}

// Question is what a step asks the learner to predict. Its place in the prose is
// a block of kind [Ask].
type Question struct {
	ID          string
	Text        string
	Answers     map[string]string // answer id: one line
	Explanation string            // why the right answer is right
}

// BlockKind is the kind of a Block.
type BlockKind string

// The kinds of block.
const (
	Paragraph BlockKind = "paragraph"
	Heading   BlockKind = "heading" // below the step's own heading
	Item      BlockKind = "item"    // of a list; Depth, Marker
	CodeBlock BlockKind = "code"    // Text, Info (language)
	Manifest  BlockKind = "manifest"
	Callout   BlockKind = "callout" // Info is note, caution or warning; Children
	Table     BlockKind = "table"   // Rows, the first is the header
	Quote     BlockKind = "quote"   // Children
	Ask       BlockKind = "ask"     // the section's question stands here
	// FeatureState is since when Kubernetes has something: Text is the version,
	// Info is alpha, beta, stable or deprecated.
	FeatureState BlockKind = "feature-state"
)

// Block is a piece of prose that begins on a line of its own.
type Block struct {
	Kind     BlockKind
	Spans    []Span // Paragraph, Heading, Item
	Text     string // CodeBlock
	Info     string // CodeBlock: language; Manifest: file name; Callout: kind
	Marks    []int  // Manifest: lines that matter, from 1
	Depth    int    // Item, Heading; Paragraph and CodeBlock inside a list
	Marker   string // Item: "•" or "1."
	Rows     [][][]Span
	Children []Block
}

// Span is a run of text in one style.
type Span struct {
	Text               string
	Bold, Italic, Code bool
	Link               string // URL, or ""
}
