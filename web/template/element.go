// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"errors"
	"reflect"
	"unicode"
	"unicode/utf8"

	"github.com/torsion-go/torsion/web"
)

// An Element is a template with its render methods. It may be used by many requests at once if what it refers to may. Immutable after start. Twisted: Element.
type Element struct {
	// Loader has the template.
	Loader Loader
	// Methods is a value whose exported methods of type [RenderFunc] are render methods; others cannot be named by templates. The method Greeting is found by
	// its name and as greeting. nil means none.
	Methods any
	// Renderers are more render methods; they come first.
	Renderers map[string]RenderFunc
}

// A Loader has a template. Twisted: ITemplateLoader.
type Loader interface {
	// Load returns the template, which whoever gets it does not change: a node, that may be a Deferred or an error. r is nil outside of a request. Loop only.
	Load(r *web.Request) Node
}

// Render returns the template.
func (e *Element) Render(r *web.Request) Node {
	if e.Loader == nil {
		return &MissingLoaderError{e}
	}
	return e.Loader.Load(r)
}

// RenderMethod finds a render method. The error is a *[MissingRenderMethodError] or an *[UnexposedMethodError]. Twisted: lookupRenderMethod.
func (e *Element) RenderMethod(name string) (RenderFunc, error) {
	if f := e.Renderers[name]; f != nil {
		return f, nil
	}
	if e.Methods == nil {
		return nil, &MissingRenderMethodError{e, name}
	}
	v := reflect.ValueOf(e.Methods)
	m := v.MethodByName(name)
	if !m.IsValid() {
		m = v.MethodByName(capital(name))
	}
	if !m.IsValid() {
		return nil, &MissingRenderMethodError{e, name}
	}
	f, ok := m.Interface().(RenderFunc)
	if !ok {
		return nil, &UnexposedMethodError{e, name, m.Type().String()}
	}
	return f, nil
}

// capital returns name with its first letter in upper case.
func capital(name string) string {
	first, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[n:]
}

// Check reports the render methods that the template names and e has not, each as the error that rendering would end with, joined. A program calls it when it starts, or in a
// test. It waits for nothing: a template that is not loaded yet is read by it, so that it may block.
func (e *Element) Check() error {
	return errors.Join(e.check(e.Render(nil), nil)...)
}

func (e *Element) check(n Node, errs []error) []error {
	switch n := n.(type) {
	case error:
		errs = append(errs, n)
	case []Node:
		for _, c := range n {
			errs = e.check(c, errs)
		}
	case *Tag:
		if n.Render != "" {
			if _, err := e.RenderMethod(n.Render); err != nil {
				errs = append(errs, &FlattenerError{Err: err, Roots: []Root{rootOf(n)}})
			}
		}
		for _, a := range n.Attrs {
			errs = e.check(a.Value, errs)
		}
		errs = e.check(n.Children, errs)
	case *Slot:
		errs = e.check(n.Default, errs)
	}
	return errs
}

func rootOf(n Node) Root {
	switch n := n.(type) {
	case *Tag:
		return Root{describe(n), n.Pos}
	case *Slot:
		return Root{describe(n), n.Pos}
	}
	return Root{Text: describe(n)}
}

var _ Renderable = (*Element)(nil)
