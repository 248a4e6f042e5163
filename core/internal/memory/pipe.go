// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package memory

import "sync"

// DefaultWindow is the default of how many bytes are on their way in one direction before the sender has to wait.
const DefaultWindow = 65536

// A Policy tells how what was written is cut up for DataReceived.
type Policy int

const (
	// Joined delivers what has arrived as one piece, as TCP does. Twisted: collapsingPumpPolicy.
	Joined Policy = iota
	// Separate delivers each write as a piece of its own. Twisted: identityPumpPolicy.
	Separate
	// Bytewise delivers each byte as a piece of its own.
	Bytewise
)

// chunkSize is the size in bytes up to which Joined writes share a buffer.
const chunkSize = 65536

// A pipe carries bytes in one direction.
type pipe struct {
	mu     sync.Mutex // guards all
	window int
	chunks [][]byte
	n      int  // bytes in chunks
	eof    bool // the writer has closed; chunks are still to be read
	reset  bool // the writer has aborted; chunks are void
	gone   bool // the reader takes nothing more
	full   bool // the writer waits for room
}

// put moves chunks in while there is room. It returns what is left over, how many bytes went in, and whether the reader is there.
func (p *pipe) put(chunks [][]byte) (rest [][]byte, n int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return nil, 0, false
	}
	for len(chunks) > 0 && p.n < p.window {
		p.chunks = append(p.chunks, chunks[0])
		p.n += len(chunks[0])
		n += len(chunks[0])
		chunks[0] = nil
		chunks = chunks[1:]
	}
	p.full = len(chunks) > 0
	return chunks, n, true
}

// take takes everything out. wake is true when the writer waits for room.
func (p *pipe) take() (chunks [][]byte, eof, wake bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	chunks, wake = p.chunks, p.full
	p.chunks, p.n = nil, 0
	return chunks, p.eof, wake
}

func (p *pipe) wasReset() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reset
}

// closeWrite is the writer's end.
func (p *pipe) closeWrite(clean bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if clean {
		p.eof = true
		return
	}
	p.reset = true
	p.chunks, p.n = nil, 0
}

// closeRead is the reader's end.
func (p *pipe) closeRead() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	p.chunks, p.n = nil, 0
}
