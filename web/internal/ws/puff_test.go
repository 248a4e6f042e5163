// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import "errors"

// puff is a slow inflater, straight from RFC 1951, which also tells how far back the text refers. p goes on to its end: a final block is followed by others on the next byte.
type puff struct {
	in       []byte
	bit      int
	out      []byte
	farthest int
}

var errPuff = errors.New("not DEFLATE")

func (z *puff) bits(n int) (v int) {
	for i := range n {
		if z.bit>>3 >= len(z.in) {
			panic(errPuff)
		}
		v |= int(z.in[z.bit>>3]>>(z.bit&7)&1) << i
		z.bit++
	}
	return v
}

// A code is a Huffman code: the symbols by the length of their words and the words.
type code map[[2]int]int

func newCode(lengths []int) code {
	c, word := code{}, 0
	for n := 1; n <= 15; n++ {
		word <<= 1
		for s, length := range lengths {
			if length == n {
				c[[2]int{n, word}] = s
				word++
			}
		}
	}
	return c
}

func (z *puff) symbol(c code) int {
	word := 0
	for n := 1; n <= 15; n++ {
		word = word<<1 | z.bits(1)
		if s, ok := c[[2]int{n, word}]; ok {
			return s
		}
	}
	panic(errPuff)
}

// inflate appends what p holds to z.out, which is the text before.
func (z *puff) inflate(p []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errPuff
		}
	}()
	z.in, z.bit = p, 0
	for z.bit < 8*len(p) {
		final, kind := z.bits(1), z.bits(2)
		switch kind {
		case 0:
			z.bit = (z.bit + 7) &^ 7
			n, m := z.bits(16), z.bits(16)
			if n^m != 0xffff {
				return errPuff
			}
			for range n {
				z.out = append(z.out, byte(z.bits(8)))
			}
		case 1:
			lit, dist := make([]int, 288), make([]int, 30)
			for i := range lit {
				lit[i] = 8
				if i >= 144 && i < 256 {
					lit[i] = 9
				} else if i >= 256 && i < 280 {
					lit[i] = 7
				}
			}
			for i := range dist {
				dist[i] = 5
			}
			z.block(newCode(lit), newCode(dist))
		case 2:
			nlit, ndist, nlen := 257+z.bits(5), 1+z.bits(5), 4+z.bits(4)
			lengths := make([]int, 19)
			for i := range nlen {
				lengths[[]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}[i]] = z.bits(3)
			}
			var all []int
			first := newCode(lengths)
			for len(all) < nlit+ndist {
				s, n, v := z.symbol(first), 1, 0
				switch {
				case s < 16:
					v = s
				case s == 16:
					n, v = 3+z.bits(2), all[len(all)-1]
				case s == 17:
					n = 3 + z.bits(3)
				default:
					n = 11 + z.bits(7)
				}
				for range n {
					all = append(all, v)
				}
			}
			z.block(newCode(all[:nlit]), newCode(all[nlit:nlit+ndist]))
		default:
			return errPuff
		}
		if final == 1 {
			z.bit = (z.bit + 7) &^ 7
		}
	}
	return nil
}

func (z *puff) block(lit, dist code) {
	for {
		s := z.symbol(lit)
		switch {
		case s < 256:
			z.out = append(z.out, byte(s))
			continue
		case s == 256:
			return
		}
		length := []int{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}[s-257] +
			z.bits([]int{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}[s-257])
		d := z.symbol(dist)
		back := 1 + d
		if d > 3 {
			extra := d/2 - 1
			back = 1 + (2+d%2)<<extra + z.bits(extra)
		}
		z.farthest = max(z.farthest, back)
		for range length {
			z.out = append(z.out, z.out[len(z.out)-back])
		}
	}
}
