// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// treeReporter writes packages, below them tests, and below these their subtests. Twisted: TreeReporter.
//
// A test is written when it and its subtests have ended, for parallel tests overlap. A run of one package is written test by test; of several, which may run at once, each is written whole when it has ended.
type treeReporter struct {
	human
	status   status
	packages map[string]*branch
	order    []*branch
	last     *branch // whose name stands above what was written last
}

// A branch is a package.
type branch struct {
	path  string
	tests map[string]*node
	text  strings.Builder // what is still to be written
}

// A node is a test.
type node struct {
	t        *result.Test
	label    string // the name without that of the parent
	ended    bool
	parent   *node
	children []*node
}

var _ Ticker = (*treeReporter)(nil)

func newTree(o Options) (Reporter, error) {
	h := newHuman(o)
	return &treeReporter{human: h, status: status{o: o, p: h.p}}, nil
}

func (r *treeReporter) Begin(run *result.Run) {
	now := r.o.Now()
	r.run, r.packages, r.order, r.last = run, map[string]*branch{}, nil, nil
	r.status.begin(run, now)
	r.print(r.status.over(opening(run), now))
}

func (r *treeReporter) branch(path string) *branch {
	b := r.packages[path]
	if b == nil {
		b = &branch{path: path, tests: map[string]*node{}}
		if r.packages == nil {
			r.packages = map[string]*branch{}
		}
		r.packages[path] = b
		r.order = append(r.order, b)
	}
	return b
}

// add places t below the test that it is a subtest of.
func (b *branch) add(t *result.Test) *node {
	n := &node{t: t, label: t.Name}
	for i := len(t.Name) - 1; i > 0; i-- {
		if t.Name[i] != '/' {
			continue
		}
		if p := b.tests[t.Name[:i]]; p != nil {
			n.parent, n.label = p, t.Name[i+1:]
			p.children = append(p.children, n)
			break
		}
	}
	b.tests[t.Name] = n
	return n
}

func (r *treeReporter) StartTest(t *result.Test) {
	now := r.o.Now()
	r.branch(t.Package).add(t)
	r.status.start(t, now)
	r.print(r.status.over("", now))
}

func (r *treeReporter) Problem(t *result.Test, p result.Problem) {
	if r.o.RealTime {
		r.print(r.status.over(r.realTime(t, p), r.o.Now()))
	}
}

func (r *treeReporter) StopTest(t *result.Test) {
	now := r.o.Now()
	b := r.branch(t.Package)
	n := b.tests[t.Name]
	if n == nil {
		n = b.add(t)
	}
	n.t, n.ended = t, true
	r.status.stop(t)
	text := ""
	if n.parent == nil || n.parent.ended {
		r.node(&b.text, n, 1)
		b.forget(n)
		if r.run != nil && len(r.run.Packages) == 1 {
			text = r.flush(b, "")
		}
	}
	r.print(r.status.over(text, now))
}

// forget lets go of n and its subtests: a run of many tests keeps none of them.
func (b *branch) forget(n *node) {
	if b.tests[n.t.Name] == n {
		delete(b.tests, n.t.Name)
	}
	for _, c := range n.children {
		b.forget(c)
	}
}

// flush returns what is to be written of b, after its name. note is said beside the name.
func (r *treeReporter) flush(b *branch, note string) string {
	if b.text.Len() == 0 {
		return ""
	}
	text := b.text.String()
	b.text.Reset()
	if r.last != b {
		r.last = b
		text = r.p.paint(bold, name(b.path)) + r.p.paint(dim, note) + "\n" + text
	}
	return text
}

// node writes n and what is below it.
func (r *treeReporter) node(b *strings.Builder, n *node, depth int) {
	indent := strings.Repeat("  ", min(depth, 20))
	m := marksOf(n.t)
	if len(n.children) > 0 {
		b.WriteString(indent + name(n.label) + "\n")
		for _, c := range n.children {
			r.node(b, c, depth+1)
		}
		// A heading needs no verdict if its subtests tell it.
		if n.t.Outcome == result.Passed && !n.t.Flaky() || byChild(n.t) {
			b.WriteString(r.warnings(n.t))
			return
		}
	}
	b.WriteString(r.row(indent+name(n.label)+" ...", m) + r.warnings(n.t))
}

// row puts verdicts at the right, where all of them end. Each is written once.
func (r *treeReporter) row(text string, all []mark) string {
	plain, painted := "", ""
	for _, m := range all {
		if !strings.Contains(plain, m.tree) {
			plain += m.tree
			painted += r.p.paint(m.color, m.tree)
		}
	}
	gap := r.o.columns() - width(text) - width(plain)
	return text + strings.Repeat(" ", max(gap, 1)) + painted + "\n"
}

func (r *treeReporter) StopPackage(p *result.Package) {
	b := r.branch(p.Path)
	r.unfinished(b)
	for _, one := range p.Problems {
		o := result.Failed
		if one.Error {
			o = result.Errored
		}
		b.text.WriteString(r.row("  "+notInTest+" ...", []mark{marks[o]}))
	}
	if len(p.Problems) == 0 && len(p.Build) > 0 && p.Outcome.Bad() {
		b.text.WriteString(r.row("  (does not compile) ...", []mark{marks[result.Errored]}))
	}
	note := ""
	if p.Cached {
		note = " (cached)"
	}
	text := r.flush(b, note)
	delete(r.packages, p.Path)
	r.print(r.status.over(text, r.o.Now()))
}

// unfinished writes what began and never ended.
func (r *treeReporter) unfinished(b *branch) {
	for {
		var first *node
		for _, n := range b.tests {
			if (n.parent == nil || n.parent.ended) && (first == nil || n.t.Name < first.t.Name) {
				first = n
			}
		}
		if first == nil {
			return
		}
		r.node(&b.text, first, 1)
		b.forget(first)
	}
}

func (r *treeReporter) Tick(now time.Time) { r.print(r.status.over("", now)) }

func (r *treeReporter) Done(s *result.Summary) error {
	text := r.status.hide()
	for _, b := range r.order {
		r.unfinished(b)
		text += r.flush(b, "")
	}
	r.print(text)
	r.packages, r.order = nil, nil
	return r.human.Done(s)
}
