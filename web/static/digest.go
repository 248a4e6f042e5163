// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"reflect"
	"sync"
	"sync/atomic"
)

const (
	// maxDigests is how many digests are remembered, at some 200 bytes each.
	maxDigests = 10000
	// maxInline is the size up to which a file is hashed on the loop: that takes some 0.1 ms.
	maxInline = 64 << 10
)

// embedded reports whether file is one of package embed itself, not one that wraps it and may read as something else.
func embedded(file fs.File) bool {
	t := reflect.TypeOf(file)
	return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "embed"
}

// digests are those of files of package embed, which have no times but cannot change either, so that one is made once for each. They are kept by the description, which
// is the same whenever a file is opened. Safe from any goroutine.
type digests struct {
	inline int64 // the size up to which a file is hashed on the loop

	mu   sync.Mutex
	made map[fs.FileInfo]*digest // guarded by mu
}

type digest struct {
	once sync.Once
	done atomic.Bool
	text string // "" if the file could not be read
}

// wanted reports whether result needs a digest.
func (d *digests) wanted(result *found) bool {
	return result.what == isFile && result.header == nil && result.digest == "" && result.info.ModTime().IsZero() && embedded(result.file) && result.random()
}

// slow reports whether give would read more than a loop should.
func (d *digests) slow(result *found) bool {
	return d.wanted(result) && result.info.Size() > d.inline && !d.of(result.info).done.Load()
}

// of returns where the digest of a file is, or will be.
func (d *digests) of(info fs.FileInfo) *digest {
	d.mu.Lock()
	defer d.mu.Unlock()
	made := d.made[info]
	if made == nil {
		if len(d.made) >= maxDigests {
			for other := range d.made {
				delete(d.made, other)
				break
			}
		}
		if d.made == nil {
			d.made = make(map[fs.FileInfo]*digest)
		}
		made = new(digest)
		d.made[info] = made
	}
	return made
}

// give sets the digest of result, if it needs one. It reads the file the first time.
func (d *digests) give(result *found) {
	if !d.wanted(result) {
		return
	}
	made := d.of(result.info)
	made.once.Do(func() {
		h := sha256.New()
		size := result.info.Size()
		if n, err := io.Copy(h, io.NewSectionReader(result.file.(io.ReaderAt), 0, size)); err == nil && n == size {
			made.text = hex.EncodeToString(h.Sum(nil)[:16])
		}
		made.done.Store(true)
	})
	result.digest = made.text
}
