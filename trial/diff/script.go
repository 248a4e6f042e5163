// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff

// A change is a run of elements of one sequence, [i0, i1), that another, [j0, j1), stands for in the other sequence. Either may be empty. What lies between changes is equal.
type change struct{ i0, i1, j0, j1 int }

// maxCost is how many insertions and removals are searched for at once. Where there are more of them, the search goes on from the farthest place it reached.
const maxCost = 512

// maxWork is how many elements one call compares to find the least edits.
const maxWork = 2_000_000

// A budget bounds the work of one call.
type budget struct{ left int }

func (b *budget) spend() bool {
	b.left--
	return b.left >= 0
}

// script returns the changes that turn a sequence of n elements into one of m, in order. They are the least if no more than maxCost and the budget suffices.
func script(n, m int, equal func(i, j int) bool, b *budget) []change {
	x := 0
	for x < n && x < m && equal(x, x) {
		x++
	}
	for n > x && m > x && equal(n-1, m-1) {
		n--
		m--
	}
	var s []change
	for y := x; x < n || y < m; {
		if x == n || y == m || b.left <= 0 {
			s = add(s, change{x, n, y, m})
			break
		}
		steps, dx, dy := search(n-x, m-y, func(i, j int) bool { return equal(x+i, y+j) }, b)
		for _, c := range steps {
			s = add(s, change{x + c.i0, x + c.i1, y + c.j0, y + c.j1})
		}
		x, y = x+dx, y+dy
	}
	return s
}

func add(s []change, c change) []change {
	if len(s) > 0 {
		if last := &s[len(s)-1]; last.i1 == c.i0 && last.j1 == c.j0 {
			last.i1, last.j1 = c.i1, c.j1
			return s
		}
	}
	return append(s, c)
}

// search is the greedy algorithm: rows[d] holds, for each diagonal k = x-y in -d, -d+2, ..., d, how far d edits lead, or -1. It returns single edits, in order, and where they end:
// at (n, m) unless it was given up.
func search(n, m int, equal func(i, j int) bool, b *budget) (steps []change, x, y int) {
	var rows [][]int32
	for d := 0; ; d++ {
		row := make([]int32, d+1)
		rows = append(rows, row)
		best, farthest := 0, -1
		for i := range row {
			k := 2*i - d
			x, _ := reach(rows, d, i, n, m)
			if x >= 0 {
				for x < n && x-k < m && b.spend() && equal(x, x-k) {
					x++
				}
				if x == n && x-k == m {
					row[i] = int32(x)
					return trace(rows, d, i, n, m)
				}
				if 2*x-k > farthest {
					best, farthest = i, 2*x-k
				}
			}
			row[i] = int32(x)
		}
		if d == maxCost || b.left <= 0 {
			return trace(rows, d, best, n, m)
		}
	}
}

// reach returns where one edit more than those of row d-1 leads on diagonal 2i-d, and whether that edit is a removal.
func reach(rows [][]int32, d, i, n, m int) (x int, removal bool) {
	if d == 0 {
		return 0, false
	}
	x = -1
	prev := rows[d-1]
	if i < d {
		if p := int(prev[i]); p >= 0 && p-(2*i-d) <= m {
			x = p
		}
	}
	if i > 0 {
		if p := int(prev[i-1]); p >= 0 && p < n && p+1 > x {
			return p + 1, true
		}
	}
	return x, false
}

// trace returns the edits that led to diagonal 2i-d of row d.
func trace(rows [][]int32, d, i, n, m int) (steps []change, x, y int) {
	x = int(rows[d][i])
	y = x - (2*i - d)
	steps = make([]change, d)
	for ; d > 0; d-- {
		at, removal := reach(rows, d, i, n, m)
		j := at - (2*i - d)
		if removal {
			steps[d-1] = change{at - 1, at, j, j}
			i--
		} else {
			steps[d-1] = change{at, at, j - 1, j}
		}
	}
	return steps, x, y
}
