// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// A Page says how responses are made of nodes. Its zero value is ready for use.
type Page struct {
	// Doctype is the first line; "" means <!DOCTYPE html>, "-" that there is none.
	Doctype string
	// Tracebacks shows errors to the client, with the stack and lines of source: for development. Twisted: Site.displayTracebacks.
	Tracebacks bool
	// FailureElement makes what Tracebacks shows; nil means [FailureElement].
	FailureElement func(err error) Node
}

// notice is what clients see of an error in a response that has begun.
const notice = "An error occurred while rendering the response."

// Render is Page{}.Render. Twisted: renderElement.
func Render(r *web.Request, root Node) { Page{}.Render(r, root) }

// Resource returns a resource that answers GET and HEAD with the node that f makes.
func (p Page) Resource(f func(r *web.Request) Node) web.Resource {
	return web.Get(func(r *web.Request) { p.Render(r, f(r)) })
}

// Render answers r with root and finishes the response. A page that is ready at once and within 64 KiB is sent with its length. Else it is sent in blocks of about 64 KiB,
// and whenever it has to wait, and no further than the client reads. When the client goes away, what the page waits for is cancelled.
//
// An error is logged. If nothing was sent yet, it is answered with the status of the *web.StatusError in its chain, or with 500; else the elements that are open are closed and a notice
// ends the page. The notice, or the page of status 500, is the FailureElement if Tracebacks is set. Loop only.
func (p Page) Render(r *web.Request, root Node) {
	s := &response{page: p, r: r, m: newMachine(r, root)}
	if p.Doctype = cmp.Or(p.Doctype, "<!DOCTYPE html>"); p.Doctype != "-" {
		s.m.out = append(append(s.m.out, p.Doctype...), '\n')
	}
	s.doctype = len(s.m.out)
	if s.m.run(blockSize); s.begun() {
		s.answer()
		return
	}
	// Nothing but the document type is there: it waits, so that an error can still have its status.
	first := deferred.NewCancellable(r.Loop(), func(*deferred.Deferred[struct{}]) { s.m.cancel() })
	var goOn func()
	goOn = func() {
		if s.m.run(blockSize); s.begun() {
			s.m.wake = nil
			first.Callback(struct{}{})
		} else if s.m.waiting == nil {
			r.Loop().CallLater(0, goOn)
		}
	}
	s.m.wake = goOn
	if s.m.waiting == nil {
		r.Loop().CallLater(0, goOn)
	}
	web.Later(r, first, func(struct{}) { s.answer() })
}

// response is a response that is being made.
type response struct {
	page    Page
	r       *web.Request
	m       *machine
	doctype int  // bytes of it in m.out
	wanted  bool // the client takes more
	failing bool // m flattens the report of an error
	over    bool
}

// begun reports whether it is known how the response begins.
func (s *response) begun() bool { return s.m.ended || len(s.m.out) > s.doctype }

// answer begins the response, and ends it if all of it is there.
func (s *response) answer() {
	if s.m.err != nil && !s.r.HeadSent() && !s.failing {
		s.refuse()
		return
	}
	if !s.m.ended || s.m.err != nil {
		s.r.NotDoneYet()
		s.m.wake = s.drive
		switch err := s.r.RegisterProducer(s, protocol.PullProducer); {
		case errors.Is(err, web.ErrNoBody):
			s.finish()
		case err != nil:
			s.m.cancel()
		}
		return
	}
	if h := s.r.ResponseHeader(); !s.r.HeadSent() && len(s.m.out) > 8192 && h.Get("Content-Length") == "" {
		h.Set("Content-Length", strconv.Itoa(len(s.m.out)))
	}
	s.r.Write(s.m.out)
	s.r.Finish()
}

// refuse answers an error before anything was sent.
func (s *response) refuse() {
	err := s.m.err
	if e, ok := errors.AsType[*web.StatusError](err); ok {
		s.r.Error(e.Status, e.Detail)
		s.r.Finish()
		return
	}
	s.r.LogError("template: a page failed", "error", err)
	if !s.page.Tracebacks {
		s.r.Error(500, notice)
		s.r.Finish()
		return
	}
	h := s.r.ResponseHeader()
	for _, name := range []string{"Content-Length", "Content-Encoding", "ETag", "Last-Modified", "Cache-Control", "Expires"} {
		h.Del(name)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	s.r.SetStatus(500)
	s.report(append([]byte(nil), s.m.out[:s.doctype]...), err)
	s.answer()
}

// report has the machine replaced by one that shows err after what is in out.
func (s *response) report(out []byte, err error) {
	element := s.page.FailureElement
	if element == nil {
		element = func(err error) Node { return FailureElement(err) }
	}
	s.failing = true
	s.m = newMachine(s.r, element(err))
	s.m.out = out
	s.m.wake = s.drive
	s.m.run(blockSize + len(out))
}

// Pause does nothing: it is a pull producer.
func (s *response) Pause() {}

// Resume writes one more block, now or when there is one.
func (s *response) Resume() {
	s.wanted = true
	s.drive()
}

// Stop ends it: the client is gone.
func (s *response) Stop(error) {
	s.over = true
	s.m.cancel()
}

// drive goes on as far as the client wants.
func (s *response) drive() {
	if s.over || !s.wanted || s.m.running {
		return
	}
	more := s.m.run(blockSize)
	if s.m.err != nil && !s.over {
		s.fail()
	}
	if s.over {
		return
	}
	if len(s.m.out) > 0 {
		s.wanted = false
		if _, err := s.r.Write(s.m.out); err != nil {
			s.Stop(err)
			return
		}
		s.m.out = s.m.out[:0]
	}
	switch {
	case s.over:
	case s.m.ended && s.m.err == nil:
		s.finish()
	case more:
		s.r.Loop().CallLater(0, s.drive)
	}
}

// finish ends the response.
func (s *response) finish() {
	s.over = true
	s.m.cancel()
	s.r.UnregisterProducer()
	s.r.Finish()
}

// fail puts the report of the error at the end of the page.
func (s *response) fail() {
	err, out := s.m.err, append(s.m.out, s.m.closers()...)
	if s.failing {
		out = append(out, `<div style="font-size:800%;background-color:#FFF;color:#F00">`+notice+`</div>`...)
		s.m = &machine{out: out, ended: true}
		return
	}
	s.r.LogError("template: a page failed after it had begun", "error", err)
	if s.page.Tracebacks {
		s.report(out, err)
		if s.m.err == nil {
			return
		}
		out = s.m.out
	}
	s.failing = true
	s.m.out = out
	s.m.stack = nil
	s.fail()
}

// closers is the markup that closes what is open at this point of the page, but for html and body.
func (m *machine) closers() string {
	var b strings.Builder
	for i := len(m.stack) - 1; i >= 0; i-- {
		switch f := &m.stack[i]; {
		case f.env.where.level > 0 || f.env.where.sink != nil:
		case f.kind == kindAttr:
			b.WriteByte('"')
		case f.kind == kindTag && !f.body:
			b.WriteString(">")
			fallthrough
		case f.kind == kindTag:
			if name := strings.ToLower(f.tag.Name); name != "html" && name != "body" && !isVoid(name) {
				b.WriteString("</" + f.tag.Name + ">")
			}
		}
	}
	return b.String()
}

var _ protocol.Producer = (*response)(nil)
