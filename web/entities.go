// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"iter"
	"maps"
	"slices"
)

// All yields the children that were put, in the order of their names; what is put or removed meanwhile is not seen. Twisted: listEntities.
func (t *Tree) All() iter.Seq2[string, Resource] {
	return func(yield func(name string, child Resource) bool) {
		m := t.children.Load()
		if m == nil {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(*m)) {
			if !yield(name, (*m)[name]) {
				return
			}
		}
	}
}
