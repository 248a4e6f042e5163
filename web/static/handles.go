// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"io/fs"
	"time"
)

const (
	// maxHandles is how many files stay open to be sent again.
	maxHandles = 32
	// maxHandle is the size up to which they do: a file that is deleted takes its room until it is closed.
	maxHandle = 1 << 20
	// handleLife is how long a file is sent without being opened again. It is closed then, or when another file is opened after that.
	handleLife = time.Minute
)

// handles keeps files of Dir open without believing that they are still there: each request looks its file up, and one that is found open under the name, and has not changed since,
// is not opened again, which costs several times the look. A nil handles keeps nothing. Safe from any goroutine.
type handles struct{ cache *cache }

func newHandles() *handles { return &handles{newCache(maxHandles, handleLife)} }

// reuse fills result from what is open under name, if that is the file that info is of.
func (h *handles) reuse(result *found, name string, info fs.FileInfo, now time.Time) bool {
	if h == nil {
		return false
	}
	open := h.cache.get(name, now)
	if open == nil {
		return false
	}
	if !unchanged(open.info, info) {
		open.close()
		return false
	}
	result.file, result.info, result.lease = open.file, info, open.lease
	return true
}

// keep keeps the file of result open after the request.
func (h *handles) keep(result *found, name string, now time.Time) {
	if h != nil && result.info.Size() <= maxHandle {
		result.lease = h.cache.put(name, result, now).lease
	}
}
