package lessons

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/podlab/podlab/internal/say"
)

// Schema is the JSON Schema (draft 2020-12) of lesson.yaml.
//
//go:embed lesson.schema.json
var Schema []byte

const schemaURL = "https://podlab.dev/lesson.schema.json"

var compiledSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	return c.Compile(schemaURL)
})

// validate compares the source with the schema and says what was expected where.
func (s *source) validate() (Problems, error) {
	schema, err := compiledSchema()
	if err != nil {
		return nil, say.Errorf("the lesson schema itself is broken: %w", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.json))
	if err != nil {
		return nil, err
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(doc); err == nil {
		return nil, nil
	} else if !errors.As(err, &invalid) {
		return nil, err
	}
	var out Problems
	s.collect(invalid, &out)
	return out.Compact(), nil
}

// collect keeps the leaves of the error tree: they name what is wrong, their
// parents only through which rule it was found.
func (s *source) collect(e *jsonschema.ValidationError, out *Problems) {
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			s.collect(c, out)
		}
		return
	}
	pointer := ""
	for _, t := range e.InstanceLocation {
		pointer += "/" + escapePointer(t)
	}
	add := func(pointer string, msg say.Text) {
		if place := placeName(e.InstanceLocation); place != "" {
			msg = say.T("%s: %v", place, msg)
		}
		*out = append(*out, Problem{s.file, s.line(pointer), msg})
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			add(pointer+"/"+escapePointer(name), say.T("unknown field %q", name))
		}
	case *kind.Required:
		for _, name := range k.Missing {
			add(pointer, say.T("expected a field %q", name))
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			add(pointer, say.T("expected a field %q beside %q", name, k.Prop))
		}
	case *kind.Enum:
		want := make([]string, len(k.Want))
		for i, w := range k.Want {
			want[i] = fmt.Sprint(w)
		}
		add(pointer, say.T("expected one of %s, got %q", strings.Join(want, ", "), fmt.Sprint(k.Got)))
	case *kind.Type:
		add(pointer, say.T("expected %s, got %s", strings.Join(k.Want, "/"), k.Got))
	case *kind.Pattern:
		add(pointer, say.T("expected %s, got %q", patternMeaning(k.Want), k.Got))
	case *kind.MinItems:
		add(pointer, say.T("expected at least %d, got %d", k.Want, k.Got))
	case *kind.MinProperties:
		add(pointer, say.T("expected at least %d, got %d", k.Want, k.Got))
	case *kind.MinLength:
		add(pointer, say.T("expected some text"))
	default:
		add(pointer, say.Plain(k.LocalizedString(message.NewPrinter(language.English))))
	}
}

// patternMeaning says in words what the schema's patterns ask for.
func patternMeaning(p string) string {
	switch p {
	case "^([1-9][0-9]*(ms|s|m|h))+$":
		return `a duration such as "90s" or "5m"`
	case "^[a-z0-9]+(-[a-z0-9]+)*$":
		return "lower-case words joined by hyphens"
	case "^[0-9]{4}-[0-9]{2}-[0-9]{2}$":
		return "a day as YYYY-MM-DD"
	case `^1\.[0-9]+$`:
		return `a version such as "1.31"`
	case "^https://":
		return "an https URL"
	case "^[a-z][a-zA-Z0-9]*$":
		return "a name such as demo2"
	}
	return "text that matches " + p
}

// placeName writes a location as a person would: steps[0].outcomes[1].
func placeName(tokens []string) string {
	var b strings.Builder
	for _, t := range tokens {
		switch {
		case t != "" && strings.Trim(t, "0123456789") == "":
			fmt.Fprintf(&b, "[%s]", t)
		case b.Len() > 0:
			b.WriteString("." + t)
		default:
			b.WriteString(t)
		}
	}
	return b.String()
}
