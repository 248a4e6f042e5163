// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/webtest"
)

// A held is a body that is begun, or told that it will not be.
type held struct {
	name   string
	notes  *[]string
	length int64
	fails  bool
	d      *deferred.Deferred[struct{}]
}

func (h *held) Length() int64 { return h.length }

func (h *held) Start(protocol.Consumer) *deferred.Deferred[struct{}] {
	*h.notes = append(*h.notes, h.name+" begun")
	h.d = deferred.NewCancellable(nil, func(*deferred.Deferred[struct{}]) { *h.notes = append(*h.notes, h.name+" cancelled") })
	if h.fails {
		return deferred.Fail[struct{}](errors.New("it fails"))
	}
	return h.d
}

func (h *held) Discard() { *h.notes = append(*h.notes, h.name+" discarded") }

// Each part of a form is begun, or told that it will not be, however the request ends.
func TestPartsAreDiscarded(t *testing.T) {
	refused := errors.New("refused")
	for _, tt := range []struct {
		name    string
		options fetch.Options // besides the parts
		fails   string        // the part that does
		cancel  bool
		want    []string
	}{
		{name: "cancelled in the first", cancel: true, want: []string{"a begun", "a cancelled", "b discarded", "c discarded"}},
		{name: "the first fails", fails: "a", want: []string{"a begun", "b discarded", "c discarded"}},
		{name: "the last fails", fails: "c", want: []string{"a begun", "b begun", "c begun"}},
		{name: "a request that cannot be sent", options: fetch.Options{Basic: nil, Bearer: "a\r\nb"}, want: []string{"a discarded", "b discarded", "c discarded"}},
		{name: "a request that cannot be made", options: fetch.Options{JSON: 1}, want: []string{"a discarded", "b discarded", "c discarded"}},
		{name: "no connection", want: []string{"a discarded", "b discarded", "c discarded"}},
	} {
		var notes []string
		parts := map[string]*held{}
		o := tt.options
		for _, name := range []string{"a", "b", "c"} {
			parts[name] = &held{name: name, notes: &notes, length: 0, fails: tt.fails == name}
			o.Parts = append(o.Parts, fetch.Part{Name: name, FileName: name, Body: parts[name]})
		}
		c, clock := over(t, web.Func(func(r *web.Request) { r.NotDoneYet() }), fetch.Config{})
		if tt.name == "no connection" {
			var err error
			if c, err = fetch.Over(failing{c, refused}, fetch.Config{}); err != nil {
				t.Fatal(err)
			}
		}
		d := c.Post("http://a.example/", &o)
		_, err := webtest.Result(clock, d)
		for _, name := range []string{"a", "b"} {
			if tt.fails == "c" {
				parts[name].d.Callback(struct{}{})
				_, err = webtest.Result(clock, d)
			}
		}
		if tt.cancel {
			d.Cancel()
			_, err = webtest.Result(clock, d)
		}
		if err == nil || errors.Is(err, webtest.ErrPending) || !slices.Equal(notes, tt.want) {
			t.Errorf("%s: %v, %q\nwant %q", tt.name, err, notes, tt.want)
		}
	}
}

// failing is a Doer that gives up what it is to send.
type failing struct {
	client.Doer
	err error
}

func (f failing) Do(r *client.Request) *deferred.Deferred[*client.Response] {
	if d, ok := r.Body.(client.Discarder); ok {
		d.Discard()
	} else {
		f.err = fmt.Errorf("%T is no Discarder", r.Body)
	}
	return deferred.FailOn[*client.Response](f.Loop(), f.err)
}
