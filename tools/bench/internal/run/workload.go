// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/client"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// A Workload is what one table of the report measures.
type Workload struct {
	Name  string // family/connections
	Title string
	Unit  string
	Conns int
	family
}

// Select returns the workloads that a list names: a family ("echo-64b") stands for all its numbers of connections, or for those of conns if there are any;
// "echo-64b/200" names one. "all" stands for everything.
func Select(list []string, conns []int) ([]Workload, error) {
	var chosen []Workload
	add := func(f family, n int) {
		w := f.with(n)
		if !slices.ContainsFunc(chosen, func(o Workload) bool { return o.Name == w.Name }) {
			chosen = append(chosen, w)
		}
	}
	for _, name := range list {
		if name == "all" {
			for _, f := range families {
				for _, n := range f.numbers(conns) {
					add(f, n)
				}
			}
			continue
		}
		base, count, one := strings.Cut(name, "/")
		i := slices.IndexFunc(families, func(f family) bool { return f.name == base })
		if i < 0 {
			return nil, fmt.Errorf("no workload is named %q; \"bench list\" shows all", name)
		}
		numbers := families[i].numbers(conns)
		if one {
			n, err := strconv.Atoi(count)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("%q is not family/connections", name)
			}
			if families[i].fixed && n != families[i].conns[0] {
				return nil, fmt.Errorf("%s has always %d connections", base, families[i].conns[0])
			}
			numbers = []int{n}
		}
		for _, n := range numbers {
			add(families[i], n)
		}
	}
	return chosen, nil
}

// numbers are how many connections the family is measured with.
func (f family) numbers(conns []int) []int {
	if len(conns) > 0 && !f.fixed {
		return conns
	}
	return f.conns
}

func (f family) with(conns int) Workload {
	title := f.title
	if !f.fixed {
		title += fmt.Sprintf(", %d %s", conns, f.of())
	}
	return Workload{Name: fmt.Sprintf("%s/%d", f.name, conns), Title: title, Unit: f.unit, Conns: conns, family: f}
}

func (f family) of() string {
	switch {
	case f.asks == client.HTTP2:
		return "streams on one connection"
	case f.work == server.UDP:
		return "sockets"
	}
	return "connections"
}

// Spec is the server that the workload asks an engine for.
func (w Workload) Spec(engine string, loops int, perMessage bool) server.Spec {
	return server.Spec{Engine: engine, Work: w.work, Loops: loops, Spin: w.spin, Size: w.size, PerMessage: perMessage && w.work == server.TCP}
}

// can tells whether an engine can be measured here.
func (w Workload) can(engine string) bool {
	if w.asks != "" {
		e, ok := client.Find(engine)
		return ok && e.Does(w.asks) && e.Why() == ""
	}
	e, ok := server.Find(engine)
	return ok && e.Does(w.work) && e.Why() == ""
}

// Work is what its servers do.
func (w Workload) Work() server.Work { return w.work }

// spinWait is how long a Torsion server looks for more before it sleeps, in the workload that tries it: longer than a message takes.
const spinWait = 200 * time.Microsecond
