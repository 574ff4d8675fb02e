package yamltext

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Changed is a value that YAML reads as another than whoever wrote it meant.
type Changed struct {
	Line    int
	Path    string // such as tenant.code
	Written string
	Read    string
	Number  bool // it stands where a number belongs, and no text
}

// Error names the place but for its line, what is read there, and the remedy.
func (c *Changed) Error() string {
	if c.Number {
		return fmt.Sprintf("%s is %s, which YAML reads as %s: write the number without the zero before it", c.Path, c.Written, c.Read)
	}
	return fmt.Sprintf("%s is %s without quotes, which YAML reads as %s: write %s", c.Path, c.Written, c.Read, strconv.Quote(c.Written))
}

// Check looks through a YAML document that is to be decoded into shape, a pointer.
// The error is a *Changed for the first text, or name in a map, that would come out
// otherwise than it is written, and for a number that is written as an octal one.
// A document that cannot be parsed is for its decoder to refuse, and a key that shape
// does not have too. A type that reads its nodes itself is looked at by the form it
// has: a struct of which the first field is called spec is that field, a slice
// takes one value for a list of one, and another struct one for a text.
func Check(document []byte, shape any) error {
	file, err := parser.ParseBytes(document, 0)
	if err != nil {
		return nil
	}
	c := &checker{anchors: map[string]ast.Node{}, seen: map[aliased]bool{}}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		ast.Walk(c, doc.Body)
		if err := c.check(doc.Body, reflect.TypeOf(shape).Elem(), ""); err != nil {
			return err
		}
	}
	return nil
}

type checker struct {
	anchors map[string]ast.Node
	seen    map[aliased]bool // an alias can lead to itself
}

// aliased is what an alias leads to, looked at as of a type.
type aliased struct {
	node ast.Node
	as   reflect.Type
}

// Visit keeps what has a name, for where it is named.
func (c *checker) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok {
		c.anchors[a.Name.String()] = a.Value
	}
	return c
}

func (c *checker) check(n ast.Node, t reflect.Type, path string) error {
	switch inner := n.(type) {
	case *ast.AnchorNode:
		return c.check(inner.Value, t, path)
	case *ast.TagNode:
		return c.check(inner.Value, t, path)
	case *ast.AliasNode:
		to := aliased{c.anchors[inner.Value.String()], t}
		if to.node == nil || c.seen[to] {
			return nil
		}
		c.seen[to] = true
		return c.check(to.node, t, path)
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		if t.NumField() > 0 && t.Field(0).Name == "spec" {
			return c.check(n, t.Field(0).Type, path)
		}
		values, ok := pairs(n)
		if !ok {
			return text(n, path)
		}
		for _, v := range values {
			of := t
			at := path
			if v.Key.Type() != ast.MergeKeyType {
				field, ok := fieldOf(t, v.Key.GetToken().Value)
				if !ok {
					continue
				}
				of, at = field.Type, below(path, v.Key.GetToken().Value)
			}
			if err := c.check(v.Value, of, at); err != nil {
				return err
			}
		}
	case reflect.Map:
		values, _ := pairs(n)
		for _, v := range values {
			of, at := t, path
			if v.Key.Type() != ast.MergeKeyType {
				if err := text(v.Key, path); err != nil {
					return err
				}
				of, at = t.Elem(), below(path, v.Key.GetToken().Value)
			}
			if err := c.check(v.Value, of, at); err != nil {
				return err
			}
		}
	case reflect.Slice:
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			return c.check(n, t.Elem(), path)
		}
		for i, v := range list.Values {
			if err := c.check(v, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.String:
		return text(n, path)
	case reflect.Int, reflect.Int64, reflect.Float64:
		return number(n, path)
	}
	return nil
}

// pairs are what stands in a mapping.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" && name == key {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// text is what is wrong with a scalar that is taken for a text.
func text(n ast.Node, path string) error {
	switch n.Type() {
	case ast.IntegerType, ast.FloatType, ast.BoolType, ast.InfinityType, ast.NanType:
	default:
		return nil
	}
	var read string
	if err := yaml.NodeToValue(n, &read); err != nil {
		return nil // the decoder says what
	}
	written := n.GetToken().Value
	if read == written {
		return nil
	}
	return &Changed{Line: n.GetToken().Position.Line, Path: path, Written: written, Read: read}
}

// number is what is wrong with a scalar that is taken for a number.
func number(n ast.Node, path string) error {
	written := n.GetToken().Value
	digits := strings.TrimLeft(written, "+-")
	if n.Type() != ast.IntegerType || len(digits) < 2 || digits[0] != '0' || digits[1] < '0' || digits[1] > '9' {
		return nil
	}
	var read int64
	if err := yaml.NodeToValue(n, &read); err != nil {
		return nil // the decoder says what
	}
	return &Changed{Line: n.GetToken().Position.Line, Path: path, Written: written, Read: strconv.FormatInt(read, 10), Number: true}
}
