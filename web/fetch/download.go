// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

// ErrTooLarge is why a download ends that would have more than Download.MaxSize bytes.
var ErrTooLarge = errors.New("the file is larger than the limit")

// A Download says how a response becomes a file. Its zero value, and nil, mean the defaults that the fields name.
type Download struct {
	Options
	// Resume keeps what a download has brought before it was cut off, in path + ".part", and goes on from there the next time, if the server still has the same (Range and If-Range, RFC 9110 section
	// 13.1.5). The server's word for what it has, its strong ETag or Last-Modified, is in path + ".part.tag". The body is not compressed then. One at a time may resume a path.
	Resume bool
	// MaxSize bounds the file, in bytes; 0 means 16 GiB, below 0 there is no limit. Beyond it the download fails with ErrTooLarge.
	MaxSize int64
	// Mode is the file's; 0 means 0644. It is not subject to the umask.
	Mode os.FileMode
	// Received is told how much of the file is there; total is -1 if it is not known. nil means nobody. It is called on the loop.
	Received func(received, total int64)
}

// Download gets url and makes the file at path of it, in place of what may be there: all at once, when all has come. It fires with the number of bytes. Other statuses than 200 to 299, or than those of Options.Expect, fail it with
// a *StatusError, and so does a 206 that nobody has asked for with Range, unless Options.Expect names it. Cancelling it ends it; what has come is removed, but for Resume. Files are written by the threads of the loop, and the server is held up meanwhile. Loop only. Twisted:
// client.downloadPage.
func (c *Client) Download(url, path string, o *Download) *deferred.Deferred[int64] {
	f := &file{c: c, path: path}
	if o != nil {
		f.o = *o
	}
	f.o.Mode = cmp.Or(f.o.Mode.Perm(), 0o644)
	f.o.MaxSize = cmp.Or(f.o.MaxSize, 16<<30)
	f.want = f.o.Expect
	f.o.Expect = nil
	return deferred.Go(c.loop, func(co *deferred.Coroutine) (int64, error) {
		_, err := deferred.Await(co, f.beside(f.open))
		if err == nil {
			err = f.fill(co, url)
		}
		if err == nil {
			_, err = deferred.Await(co, f.beside(f.keep))
		}
		if err != nil {
			deferred.Await(co, f.beside(f.drop))
			return 0, err
		}
		return f.size, nil
	})
}

// fill has the file filled by a response, or two: the second when the first one tells that what is there is of no use.
func (f *file) fill(co *deferred.Coroutine, url string) error {
	for {
		from, tag, ranged := f.size, f.tag, false
		res, err := deferred.Await(co, f.c.request(http.MethodGet, url, &f.o.Options, func(r *client.Request) {
			if f.o.Resume {
				r.Header.Set("Accept-Encoding", "identity")
			}
			if from > 0 {
				r.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
				r.Header.Set("If-Range", tag)
			}
			ranged = r.Header.Has("Range")
		}))
		if err != nil {
			return err
		}
		switch {
		case from > 0 && res.Status == http.StatusPartialContent && start(&res.Header) == from:
			return f.stream(co, res)
		case from > 0 && (res.Status == http.StatusPartialContent || res.Status == http.StatusRequestedRangeNotSatisfiable):
			res.StopBody()
			if _, err := deferred.Await(co, f.beside(func() error { return f.restart("") })); err != nil {
				return err
			}
			continue
		}
		want := f.want
		switch {
		case res.Status == http.StatusPartialContent && !ranged && !slices.Contains(want, http.StatusPartialContent):
			want = []int{http.StatusOK} // a part would look like the whole
		case want == nil:
			want = []int{2}
		}
		if _, err := deferred.Await(co, res.Expect(want...)); err != nil {
			return err
		}
		if _, err := deferred.Await(co, f.beside(func() error { return f.restart(validator(&res.Header)) })); err != nil {
			res.StopBody()
			return err
		}
		return f.stream(co, res)
	}
}

// start returns where the part begins that a 206 brings, or -1 if it is not all of the rest.
func start(h *web.Header) int64 {
	text, ok := strings.CutPrefix(h.Get("Content-Range"), "bytes ")
	part, size, _ := strings.Cut(text, "/")
	first, last, _ := strings.Cut(part, "-")
	from, err1 := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	if !ok || err1 != nil || err2 != nil || size != "*" && size != strconv.FormatInt(to+1, 10) {
		return -1
	}
	return from
}

// validator returns what If-Range may say, or "".
func validator(h *web.Header) string {
	if tag := h.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		return tag
	}
	if h.Has("ETag") {
		return ""
	}
	return h.Get("Last-Modified")
}
