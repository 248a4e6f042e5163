// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

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

// beside runs do by the threads of the loop, or at once if it has none: one job at a time, and none after drop. A download that is cancelled does not wait for the one under way.
func (f *file) beside(do func() error) *deferred.Deferred[struct{}] {
	job := func() (struct{}, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.gone {
			return struct{}{}, os.ErrClosed
		}
		return struct{}{}, do()
	}
	if t, ok := f.c.loop.(deferred.Threads); ok {
		return deferred.ToThread(t, job)
	}
	return deferred.Execute(f.c.loop, job)
}

// A file is one that is being downloaded.
type file struct {
	c    *Client
	o    Download
	want []int
	path string

	mu   sync.Mutex // held by the job that is done beside the loop
	gone bool       // drop was called; guarded by mu
	f    *os.File   // nil until it is open
	size int64      // bytes that are there
	tag  string     // the server's word for what they are
}

func (f *file) partPath() string { return f.path + ".part" }
func (f *file) tagPath() string  { return f.path + ".part.tag" }

// open makes the file that is written. It blocks.
func (f *file) open() (err error) {
	if !f.o.Resume {
		f.f, err = os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+"-*")
		return err
	}
	if f.f, err = os.OpenFile(f.partPath(), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if tag, err := os.ReadFile(f.tagPath()); err == nil {
		f.tag = string(tag)
		f.size, err = f.f.Seek(0, io.SeekEnd)
		return err
	}
	return nil
}

// restart forgets what is there, and notes the server's word for what will be. It blocks.
func (f *file) restart(tag string) error {
	if _, err := f.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	f.size, f.tag = 0, tag
	err := f.f.Truncate(0)
	switch {
	case err != nil || !f.o.Resume:
		return err
	case tag == "":
		if err := os.Remove(f.tagPath()); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	return os.WriteFile(f.tagPath(), []byte(tag), 0o600)
}

// keep makes the file the one at path. It blocks.
func (f *file) keep() error {
	if err := errors.Join(f.f.Chmod(f.o.Mode), f.f.Sync(), f.f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.f.Name(), f.path); err != nil {
		return err
	}
	if f.o.Resume {
		os.Remove(f.tagPath()) // it may not be there
	}
	return nil
}

// drop closes the file, and removes it if it is of no use. It blocks.
func (f *file) drop() error {
	f.gone = true
	if f.f == nil {
		return nil
	}
	f.f.Close() // it may be closed
	if f.o.Resume && f.tag != "" {
		return nil
	}
	return os.Remove(f.f.Name())
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

// stream writes the body. It is held up while a piece is written.
func (f *file) stream(co *deferred.Coroutine, res *Response) error {
	loop := f.c.loop
	total := int64(-1)
	if res.Length >= 0 {
		total = f.size + res.Length
	}
	if f.o.MaxSize > 0 && total > f.o.MaxSize {
		res.StopBody()
		return res.failure(ErrTooLarge)
	}
	s := &stream{f: f, res: res, total: total}
	s.done = deferred.NewCancellable(loop, func(*deferred.Deferred[struct{}]) { res.StopBody() })
	res.StreamBody(s.data, s.end)
	_, err := deferred.Await(co, s.done)
	return err
}

// A stream is a body that is being written. What came while a piece was written is in next.
type stream struct {
	f       *file
	res     *Response
	total   int64
	next    []byte
	spare   []byte
	writing bool
	ended   bool
	err     error
	done    *deferred.Deferred[struct{}]
}

// writeSize is how many bytes are gathered before they are written.
const writeSize = 128 << 10

func (s *stream) data(p []byte) {
	if s.err != nil || s.done.Called() {
		return
	}
	if s.f.o.MaxSize > 0 && s.f.size+int64(len(s.next)+len(p)) > s.f.o.MaxSize {
		s.err = s.res.failure(ErrTooLarge)
		s.res.StopBody()
		return
	}
	s.next = append(s.next, p...)
	switch {
	case s.writing:
		s.res.PauseBody()
	case len(s.next) >= writeSize:
		s.write()
	}
}

// write has what was gathered written.
func (s *stream) write() {
	p := s.next
	s.next, s.writing = s.spare[:0], true
	s.f.beside(func() error {
		_, err := s.f.f.Write(p)
		return err
	}).Done(func(_ struct{}, err error) {
		s.writing, s.spare = false, p
		if err != nil && s.err == nil {
			s.err = err
			if !s.ended {
				s.res.StopBody()
			}
		}
		if err == nil {
			s.f.size += int64(len(p))
			if s.f.o.Received != nil {
				s.f.o.Received(s.f.size, s.total)
			}
		}
		s.proceed()
	})
}

func (s *stream) end(err error) {
	s.ended = true
	s.err = cmp.Or(s.err, err)
	s.proceed()
}

// proceed does what can be done when nothing is being written.
func (s *stream) proceed() {
	switch {
	case s.writing || s.done.Called():
	case s.err != nil && s.ended && len(s.next) > 0 && s.f.o.Resume && !errors.Is(s.err, ErrTooLarge):
		s.write() // what has come before it was cut off
	case s.err != nil && s.ended:
		s.done.Errback(s.err)
	case s.err != nil:
	case len(s.next) >= writeSize || s.ended && len(s.next) > 0:
		s.write()
		if !s.ended {
			s.res.ResumeBody()
		}
	case s.ended:
		s.done.Callback(struct{}{})
	default:
		s.res.ResumeBody()
	}
}
