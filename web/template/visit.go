// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"strconv"

	"github.com/torsion-go/torsion/core/deferred"
)

// forker is a Deferred of any type.
type forker interface {
	Fork() *deferred.Deferred[any]
}

// visit writes a node or pushes its frame.
func (m *machine) visit(n Node, e env) error {
	switch n := n.(type) {
	case nil:
		return nil
	case literal:
		return m.literal(string(n), e.where)
	case string:
		return m.text(n, n, e.where)
	case []byte:
		return m.text(string(n), string(n), e.where)
	case *Tag:
		if n == nil {
			return nil
		}
		return m.tag(n, e)
	case *Slot:
		return m.slot(n, e)
	case HTML:
		return m.html(n, e.where)
	case CSS, JS, URL:
		return m.text(reflect.ValueOf(n).String(), n, e.where)
	case JSON:
		b, err := json.Marshal(n.Value)
		if err != nil {
			return err
		}
		return m.text(string(b), n.Value, e.where)
	case Comment:
		return m.comment(n, e.where)
	case CDATA:
		return m.cdata(n, e.where)
	case CharRef:
		return m.charRef(n, e.where)
	case []Node:
		return m.list(len(n), func(i int) Node { return n[i] }, e)
	case Renderable:
		inner := e
		inner.owner = n
		if err := m.push(frame{kind: kindOnce, root: n, env: inner}); err != nil {
			return err
		}
		at := len(m.stack) - 1
		m.stack[at].node = n.Render(m.r)
		return nil
	case forker:
		return m.await(n, n.Fork(), e)
	case Coroutine:
		return m.await(n, deferred.Go(m.loop(), n), e)
	case func(*deferred.Coroutine) (Node, error):
		return m.await(Coroutine(n), deferred.Go(m.loop(), n), e)
	case execution:
		return m.execute(n, e)
	case error:
		return n
	case iter.Seq[Node]:
		return m.iterate(n, e)
	case bool:
		return m.text(strconv.FormatBool(n), n, e.where)
	case int:
		return m.text(strconv.Itoa(n), n, e.where)
	}
	return m.reflected(n, e)
}

// reflected visits what visit does not know by name: types made of others, and slices and iterators of anything.
func (m *machine) reflected(n Node, e env) error {
	v := reflect.ValueOf(n)
	switch v.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return m.text(fmt.Sprint(v), n, e.where) // of the Value: no method of n is called
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return m.text(string(v.Bytes()), string(v.Bytes()), e.where)
		}
		return m.list(v.Len(), func(i int) Node { return v.Index(i).Interface() }, e)
	case reflect.Array:
		return m.list(v.Len(), func(i int) Node { return v.Index(i).Interface() }, e)
	case reflect.Func:
		if v.IsNil() {
			break
		}
		if v.Type().CanSeq() {
			return m.iterate(func(yield func(Node) bool) {
				for x := range v.Seq() {
					if !yield(x.Interface()) {
						return
					}
				}
			}, e)
		}
		if v.Type().CanSeq2() && v.Type().In(0).In(1) == reflect.TypeFor[error]() {
			return m.iterate(func(yield func(Node) bool) {
				for x, err := range v.Seq2() {
					if !err.IsNil() {
						yield(err.Interface())
						return
					}
					if !yield(x.Interface()) {
						return
					}
				}
			}, e)
		}
	}
	return &UnsupportedTypeError{n}
}

func (m *machine) list(n int, at func(i int) Node, e env) error {
	if n == 0 {
		return nil
	}
	return m.push(frame{kind: kindList, env: e, list: func(i int) (Node, bool) {
		if i == n {
			return nil, false
		}
		return at(i), true
	}})
}

// slot goes on with what fills it.
func (m *machine) slot(s *Slot, e env) error {
	if err := m.push(frame{kind: kindOnce, root: s, env: e}); err != nil {
		return err
	}
	f := &m.stack[len(m.stack)-1]
	for scope := e.slots; scope != nil; scope = scope.outer {
		if v, ok := scope.slots[s.Name]; ok {
			f.node = v
			return nil
		}
	}
	if s.Default == nil {
		return &UnfilledSlotError{s.Name}
	}
	f.node = s.Default
	return nil
}

// tag calls its render method, or begins to write it.
func (m *machine) tag(t *Tag, e env) error {
	e.slots = e.slots.with(t.slots)
	if err := m.push(frame{kind: kindOnce, root: t, tag: t, env: e}); err != nil {
		return err
	}
	at := len(m.stack) - 1
	switch {
	case t.Render != "":
		if e.owner == nil {
			return &MissingRenderMethodError{nil, t.Render}
		}
		render, err := e.owner.RenderMethod(t.Render)
		if err != nil {
			return err
		}
		c := t.Clone()
		c.Render = ""
		m.stack[at].node = render(m.r, c)
	case t.Name == "":
		m.stack[at].node = t.Children
	case !validName(t.Name):
		return fmt.Errorf("%w: the name %q of an element", ErrUnsafe, t.Name)
	default:
		m.stack[at].kind = kindTag
		return m.markup("<"+t.Name, e.where)
	}
	return nil
}

// tagStep writes the next attribute, or what follows them.
func (m *machine) tagStep(f *frame) error {
	t, w := f.tag, f.env.where
	switch {
	case f.body:
		if f.sink != nil {
			s := f.sink
			f.sink = nil
			if err := s.end(m); err != nil {
				return err
			}
		}
		m.pop()
		return m.markup("</"+t.Name+">", w)
	case f.i < len(t.Attrs):
		a := t.Attrs[f.i]
		f.i++
		if !validName(a.Name) {
			return fmt.Errorf("%w: the name %q of an attribute", ErrUnsafe, a.Name)
		}
		if err := m.markup(" "+a.Name+`="`, w); err != nil {
			return err
		}
		e := f.env
		e.where = attrPlace(t, a.Name, w)
		if err := m.push(frame{kind: kindAttr, env: f.env, sink: e.where.own(w)}); err != nil {
			return err
		}
		return m.visit(a.Value, e)
	case len(t.Children) == 0 && isVoid(t.Name):
		m.pop()
		return m.markup(" />", w)
	}
	f.body = true
	e := f.env
	e.where = contentPlace(t, w)
	f.sink = e.where.own(w)
	if err := m.markup(">", w); err != nil {
		return err
	}
	children := t.Children
	return m.list(len(children), func(i int) Node { return children[i] }, e)
}

// attrEnd ends an attribute, whose value has been visited.
func (m *machine) attrEnd(f *frame) error {
	w := f.env.where
	if s := f.sink; s != nil {
		f.sink = nil
		if err := s.end(m); err != nil {
			return err
		}
	}
	m.pop()
	return m.markup(`"`, w)
}
