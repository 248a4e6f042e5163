// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"errors"
	"fmt"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
)

// The errors of flattening that have no more to tell than where they happened; see [FlattenerError].
var (
	// ErrTooDeep means that nodes are nested more than 5,000 deep: an element that contains itself, a slot that is filled with itself.
	ErrTooDeep = errors.New("template: nodes are nested too deeply: does one contain itself?")
	// ErrTooLarge means that more than 1 MiB was put into one script, style sheet or URL.
	ErrTooLarge = errors.New("template: too much content for one script, style sheet or attribute")
	// ErrUnsafe means that something cannot be written safely where it stands.
	ErrUnsafe = errors.New("template: content that is not safe in its place")
)

// A FlattenerError is the failure of flattening: what failed, and the way there through templates and elements. Twisted: FlattenerError.
type FlattenerError struct {
	Err   error
	Roots []Root         // from the outermost to the innermost
	Stack deferred.Stack // of the error if it has one, as a panic does
}

// A Root is one of the nodes around the one that failed.
type Root struct {
	Text string   // describes it in a few words
	Pos  Position // where it stands in its template, if it does
}

// String returns one line.
func (r Root) String() string {
	if r.Pos.IsValid() {
		return fmt.Sprintf("File %q, line %d, column %d, in %s", r.Pos.File, r.Pos.Line, r.Pos.Col, r.Text)
	}
	return r.Text
}

// Error returns several lines: the roots, then the stack, then the error.
func (e *FlattenerError) Error() string {
	var b strings.Builder
	b.WriteString("template: error while flattening:\n")
	for _, r := range e.Roots {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	if len(e.Stack) > 0 {
		b.WriteString(e.Stack.String())
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns the error.
func (e *FlattenerError) Unwrap() error { return e.Err }

// An UnfilledSlotError tells of a slot that nothing fills and that has no default. Twisted: UnfilledSlot.
type UnfilledSlotError struct{ Name string }

// Error returns a sentence.
func (e *UnfilledSlotError) Error() string {
	return fmt.Sprintf("template: slot %q is not filled", e.Name)
}

// An UnsupportedTypeError tells of a value that is no [Node]. Twisted: UnsupportedType.
type UnsupportedTypeError struct{ Value any }

// Error tells the type.
func (e *UnsupportedTypeError) Error() string {
	return fmt.Sprintf("template: a %T cannot be flattened", e.Value)
}

// A MissingRenderMethodError tells that a template names a render method that its element has not. Twisted: MissingRenderMethod.
type MissingRenderMethodError struct {
	Element Renderable // nil if the tag is in no element
	Name    string
}

// Error returns a sentence.
func (e *MissingRenderMethodError) Error() string {
	if e.Element == nil {
		return fmt.Sprintf("template: render method %q is named outside of any element", e.Name)
	}
	return fmt.Sprintf("template: %s has no render method %q", describe(e.Element), e.Name)
}

// An UnexposedMethodError tells that a template names a method that is there but is no render method. Twisted: UnexposedMethodError.
type UnexposedMethodError struct {
	Element Renderable
	Name    string
	Type    string // of the method
}

// Error returns a sentence.
func (e *UnexposedMethodError) Error() string {
	return fmt.Sprintf("template: method %q of %s is a %s, and no render method, which is a func(*web.Request, *template.Tag) any", e.Name, describe(e.Element), e.Type)
}

// A MissingLoaderError tells that an element without a loader was to be rendered. Twisted: MissingTemplateLoader.
type MissingLoaderError struct{ Element Renderable }

// Error returns a sentence.
func (e *MissingLoaderError) Error() string {
	return fmt.Sprintf("template: %s has no loader", describe(e.Element))
}

// A ParseError tells what is wrong with a template.
type ParseError struct {
	Pos Position
	Msg string
}

// Error returns "template: file:line:column: message".
func (e *ParseError) Error() string { return fmt.Sprintf("template: %s: %s", e.Pos, e.Msg) }

// describe names a node in a few words. It shows no more than 40 bytes of a text.
func describe(n Node) string {
	switch n := n.(type) {
	case literal:
		return describe(string(n))
	case string:
		if len(n) > 40 {
			n = n[:20] + "<...>" + n[len(n)-20:]
		}
		return fmt.Sprintf("%+q", n)
	case []byte:
		return describe(string(n))
	case *Tag:
		if n != nil {
			return n.String()
		}
	case *Slot:
		if n != nil {
			return fmt.Sprintf("slot %q", n.Name)
		}
	case *Element:
		if n != nil && n.Methods != nil {
			return fmt.Sprintf("element %T", n.Methods)
		}
	case Comment:
		return "comment"
	}
	return fmt.Sprintf("%T", n)
}
