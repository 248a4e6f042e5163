// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/torsion-go/torsion/web"
)

// An Answer is a row of a [Stub]'s table.
type Answer struct {
	Method string // what it is for; "" means every method
	URL    string // "http://host/path?query", or "/path", with or without a query, for every host; "" means everything
	Times  int    // how often it is given; 0 means always. Then the next row that fits is looked for

	Status int // 0 means 200
	Header http.Header
	Body   string
	Abort  bool     // the connection is cut off instead
	Render web.Func // answers instead of the above
	given  int
}

// An Asked is a request that a [Stub] was asked.
type Asked struct {
	Method, URL string
	Proto       string
	Header      http.Header
	Body        string
}

// A Stub is a resource that answers by a table, and records what was asked; with [NewAgent] it stands for all the servers that there are. What no row fits is answered with 501 and is in Unexpected. Its zero value has no
// rows. Safe from any goroutine. Twisted: StringStubbingResource, RequestSequence of treq.testing.
type Stub struct {
	mu         sync.Mutex // guards the rest
	rows       []*Answer
	asked      []Asked
	unexpected []string
}

// NewStub returns a Stub with those rows. The first one that fits answers.
func NewStub(rows ...Answer) *Stub {
	s := &Stub{}
	s.Add(rows...)
	return s
}

// Add adds rows.
func (s *Stub) Add(rows ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range rows {
		s.rows = append(s.rows, &row)
	}
}

// Asked returns what was asked so far, in order.
func (s *Stub) Asked() []Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Unexpected returns "METHOD URL" of each request that no row has fitted.
func (s *Stub) Unexpected() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unexpected)
}

// Unused returns "METHOD URL" of each row that was not given, or not as often as its Times.
func (s *Stub) Unused() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range s.rows {
		if row.given < max(row.Times, 1) {
			list = append(list, cmp.Or(row.Method, "*")+" "+cmp.Or(row.URL, "*"))
		}
	}
	return list
}

// IsLeaf returns true.
func (s *Stub) IsLeaf() bool { return true }

// Render answers a request when its body has come.
func (s *Stub) Render(r *web.Request) {
	r.ReadBody(func(body []byte, err error) {
		if err != nil {
			return // the client is gone
		}
		asked := Asked{Method: r.Method, URL: r.URL(), Proto: r.Proto, Header: http.Header{}, Body: string(body)}
		for name, value := range r.Header.All() {
			asked.Header.Add(name, value)
		}
		row := s.find(r, asked)
		switch {
		case row == nil:
			r.Error(http.StatusNotImplemented, "No row of the stub fits "+r.Method+" "+r.URL())
		case row.Abort:
			r.Abort()
		case row.Render != nil:
			row.Render(r)
		default:
			for name, values := range row.Header {
				for _, v := range values {
					r.ResponseHeader().Add(name, v)
				}
			}
			r.SetStatus(cmp.Or(row.Status, http.StatusOK))
			fmt.Fprint(r, row.Body)
		}
	})
}

// find records what was asked and returns the row for it.
func (s *Stub) find(r *web.Request, asked Asked) *Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, asked)
	for _, row := range s.rows {
		fits := row.URL == "" || row.URL == asked.URL || row.URL == r.URI || row.URL == r.Path
		if fits && (row.Method == "" || row.Method == r.Method) && (row.Times == 0 || row.given < row.Times) {
			row.given++
			return row
		}
	}
	s.unexpected = append(s.unexpected, r.Method+" "+asked.URL)
	return nil
}

var _ web.Leaf = (*Stub)(nil)
