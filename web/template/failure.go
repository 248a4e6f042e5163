// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// FailureElement shows an error: its type and text, the way through the templates if it is a [FlattenerError], and the stack if it has one, with the lines of source around
// each call where they can be read. It is for developers' eyes. Twisted: FailureElement, formatFailure.
func FailureElement(err error) *Element {
	return &Element{Loader: failureTemplate, Methods: failure{err}}
}

const (
	maxShownFrames = 40
	maxSourceLine  = 400 // bytes
)

var failureTemplate = Must(XMLString(`<div xmlns:t="` + ShortNamespace + `" class="failure">
  <style>
    .failure { font-family: sans-serif; color: #000; background: #fff; padding: 1em }
    .failure .error { color: #c00; font-weight: bold; white-space: pre-wrap }
    .failure .frame { padding: .5em 1em; border-bottom: thin dashed #000 }
    .failure .function, .failure code { font-family: monospace; white-space: pre-wrap }
    .failure .snippet { background: #ffd; margin: .3em 1em }
    .failure .snippetHighlightLine { color: #c00 }
  </style>
  <div class="error"><span t:render="type"/>: <span t:render="value"/></div>
  <ol class="roots" t:render="roots"><li><t:slot name="root"/></li></ol>
  <div class="stackTrace" t:render="traceback">
    <div class="frame">
      <div class="location"><t:slot name="file"/>:<t:slot name="line"/> in <span class="function"><t:slot name="function"/></span></div>
      <div class="snippet"><t:slot name="source"/></div>
    </div>
  </div>
  <div class="error"><span t:render="type"/>: <span t:render="value"/></div>
</div>`))

// failure has the render methods of FailureElement.
type failure struct{ err error }

// cause returns the error within the report of the flattener.
func (f failure) cause() error {
	err := f.err
	for {
		switch e := err.(type) {
		case *FlattenerError:
			err = e.Err
		case *deferred.Failure:
			err = e.Err
		default:
			return err
		}
	}
}

// Type renders the type of the error.
func (f failure) Type(_ *web.Request, tag *Tag) Node { return tag.Add(fmt.Sprintf("%T", f.cause())) }

// Value renders its text.
func (f failure) Value(_ *web.Request, tag *Tag) Node { return tag.Add(f.cause().Error()) }

// Roots renders the way through the templates.
func (f failure) Roots(_ *web.Request, tag *Tag) Node {
	e, ok := errors.AsType[*FlattenerError](f.err)
	if !ok || len(e.Roots) == 0 {
		return nil
	}
	item := Transparent(tag.Children...)
	tag.Clear()
	for _, r := range e.Roots {
		tag.Add(item.Clone().FillSlots(Slots{"root": r.String()}))
	}
	return tag
}

// Traceback renders the stack.
func (f failure) Traceback(r *web.Request, tag *Tag) Node {
	e, ok := errors.AsType[*deferred.Failure](f.err)
	if !ok || len(e.Stack) == 0 {
		return nil
	}
	item := Transparent(tag.Children...)
	tag.Clear()
	frames := runtime.CallersFrames(e.Stack)
	for range maxShownFrames {
		frame, more := frames.Next()
		tag.Add(item.Clone().FillSlots(Slots{"file": frame.File, "line": frame.Line, "function": frame.Function, "source": source(r, frame.File, frame.Line)}))
		if !more {
			break
		}
	}
	return tag
}

// source returns the line and its neighbours. Within a request the file is read beside the loop.
func source(r *web.Request, file string, line int) Node {
	if r == nil {
		return snippet(file, line)
	}
	return deferred.FromFunc(context.Background(), r.Loop(), func(context.Context) ([]*Tag, error) { return snippet(file, line), nil })
}

// snippet is empty if the file cannot be read.
func snippet(file string, line int) []*Tag {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	var lines []*Tag
	s := bufio.NewScanner(f)
	for n := 1; n <= line+1 && s.Scan(); n++ {
		if n < line-1 {
			continue
		}
		text, class := s.Text(), "snippetLine"
		if n == line {
			class = "snippetHighlightLine"
		}
		if len(text) > maxSourceLine {
			text = text[:maxSourceLine]
		}
		lines = append(lines, New("div", Attr{"class", class}, New("span", Attr{"class", "lineno"}, n), " ", New("code", text)))
	}
	return lines
}
