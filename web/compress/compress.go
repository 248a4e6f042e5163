// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package compress

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/coding"
)

// A Config holds the options of [New]. Its zero value means the defaults that the fields name.
type Config struct {
	// Codings names the codings on offer, in the order of preference among those that a client likes equally; nil means zstd, br, gzip. Others are not known.
	Codings []string
	// MinSize is the least number of bytes of a response that is compressed, if its length is known; 0 means 1024, negative that there is none.
	MinSize int
	// Types are the media types that are compressed: "text/html", "text/*", "*/*+json". nil means [DefaultTypes].
	Types []string
	// GzipLevel is 1 to 9, 0 means 5. ZstdLevel is 1 to 22, 0 means 3. BrotliLevel is 1 to 11, 0 means 4. Higher ones are smaller and slower.
	GzipLevel, ZstdLevel, BrotliLevel int
	// Encoders is how many responses may be compressed at the same time; 0 means 512. Others are sent as they are.
	Encoders int
	// Decode has coded request bodies decoded, and refused with 415 if they cannot be.
	Decode bool
	// MaxDecoded is how many bytes a decoded request body may have; 0 means 16 MiB; beyond it 413. What comes coded is bounded by Limits.Body of the site.
	MaxDecoded int64
	// MaxRatio is how many times larger than its coded form a decoded request body of more than 1 MiB may be; 0 means 200; beyond it 413.
	MaxRatio int64
}

// DefaultTypes returns what is compressed by default.
func DefaultTypes() []string {
	return []string{
		"text/*", "*/*+json", "*/*+xml", "*/*+text", "application/json", "application/javascript", "application/x-javascript", "application/xml", "application/wasm",
		"application/x-ndjson", "application/jsonl", "application/graphql", "application/toml", "application/yaml", "application/rtf", "application/vnd.ms-fontobject",
		"font/ttf", "font/otf", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon",
	}
}

// A Resource is a web.Leaf that compresses what another resource answers.
type Resource struct {
	inner  web.Resource
	config Config
	pools  map[string]*pool
	inUse  atomic.Int64
	stats  struct{ coded, plain, refused atomic.Int64 }
}

// New returns a Resource that wraps inner. It panics if config names a coding that is not known.
func New(inner web.Resource, config Config) *Resource {
	if config.Codings == nil {
		config.Codings = []string{"zstd", "br", "gzip"}
	}
	if config.Types == nil {
		config.Types = DefaultTypes()
	}
	config.Codings, config.Types = slices.Clone(config.Codings), slices.Clone(config.Types)
	config.MinSize = cmp.Or(config.MinSize, 1024)
	config.Encoders = cmp.Or(max(config.Encoders, 0), 512)
	config.MaxDecoded = cmp.Or(max(config.MaxDecoded, 0), 16<<20)
	config.MaxRatio = cmp.Or(max(config.MaxRatio, 0), 200)
	c := &Resource{inner: inner, config: config, pools: make(map[string]*pool)}
	for _, name := range config.Codings {
		p, err := newPool(c, name)
		if err != nil {
			panic(fmt.Sprintf("compress: %v", err))
		}
		c.pools[name] = p
	}
	return c
}

// IsLeaf returns true: the path goes on in the inner resource.
func (c *Resource) IsLeaf() bool { return true }

// Unwrap returns the inner resource.
func (c *Resource) Unwrap() web.Resource { return c.inner }

// Render has the inner resource answer.
func (c *Resource) Render(r *web.Request) {
	name, ok := coding.Parse(r.Header.Tokens("Accept-Encoding")).Best(c.config.Codings)
	if !ok {
		c.stats.refused.Add(1)
		r.ResponseHeader().Set("Vary", "Accept-Encoding")
		r.Error(406, "")
		return
	}
	if c.config.Decode && r.Header.Has("Content-Encoding") && !c.decode(r) {
		return
	}
	forced := name != "" && r.Header.Has("Accept-Encoding") && coding.Parse(r.Header.Tokens("Accept-Encoding")).Identity() == 0
	r.Encode(func(r *web.Request, length int64) web.Encoder { return c.choose(r, name, forced, length) })
	web.Dispatch(c.inner, r)
}

// choose returns the encoder for a response whose client likes the named coding best, or nil. With forced set, it accepts nothing uncoded.
func (c *Resource) choose(r *web.Request, name string, forced bool, length int64) web.Encoder {
	h := r.ResponseHeader()
	switch r.Status() {
	case 304, 206:
		// The header is to be that of 200 (RFC 9110 section 15.4.5), whose type is not known here any more.
		vary(h)
		if tag := h.Get("ETag"); r.Status() == 304 && name != "" && strings.HasPrefix(tag, `"`) && !h.Has("Content-Encoding") {
			h.Set("ETag", "W/"+tag)
		}
		return nil
	case 204, 205:
		return nil
	}
	switch {
	case h.Has("Content-Encoding"), h.Has("Content-Range"), noTransform(h), !forced && !c.compressible(h.Get("Content-Type")):
		return nil
	}
	vary(h)
	switch {
	case name == "", length == 0 && r.Method != "HEAD", !forced && length >= 0 && length < int64(c.config.MinSize):
		return nil
	}
	if c.inUse.Add(1) > int64(c.config.Encoders) {
		c.inUse.Add(-1)
		c.stats.plain.Add(1)
		return nil
	}
	c.stats.coded.Add(1)
	h.Set("Content-Encoding", name)
	return &encoder{pool: c.pools[name]}
}

// vary adds Accept-Encoding to Vary.
func vary(h *web.Header) {
	for t := range h.Tokens("Vary") {
		if t == "*" || strings.EqualFold(t, "Accept-Encoding") {
			return
		}
	}
	h.Add("Vary", "Accept-Encoding")
}

func noTransform(h *web.Header) bool {
	for t := range h.Tokens("Cache-Control") {
		if strings.EqualFold(t, "no-transform") {
			return true
		}
	}
	return false
}

// compressible reports whether Types has the content type. A response without one is taken for HTML, as the default of web is.
func (c *Resource) compressible(ctype string) bool {
	if ctype == "" {
		ctype = "text/html"
	}
	t, _, _ := strings.Cut(ctype, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	if t == "text/event-stream" {
		return slices.Contains(c.config.Types, t)
	}
	major, minor, _ := strings.Cut(t, "/")
	_, suffix, _ := strings.Cut(minor, "+")
	for _, pattern := range c.config.Types {
		pmajor, pminor, _ := strings.Cut(pattern, "/")
		psuffix, isSuffix := strings.CutPrefix(pminor, "*+")
		if (pmajor == "*" || pmajor == major) && (pminor == "*" || pminor == minor || isSuffix && psuffix == suffix) {
			return true
		}
	}
	return false
}

// decode arranges for the request's body to be decoded, or answers that it cannot be.
func (c *Resource) decode(r *web.Request) bool {
	name := ""
	for t := range r.Header.Tokens("Content-Encoding") {
		t = strings.ToLower(t)
		switch {
		case t == "identity":
			continue
		case t == "x-gzip":
			t = "gzip"
		}
		if _, known := decoders[t]; name != "" || !known {
			c.stats.refused.Add(1)
			r.Error(415, "The coding of the request's body is not supported.")
			r.ResponseHeader().Set("Accept-Encoding", "gzip, zstd, br")
			return false
		}
		name = t
	}
	if name != "" && r.ContentLength() != 0 {
		r.DecodeBody(func(body []byte) ([]byte, error) {
			plain, err := decodeAll(name, body, c.config.MaxDecoded, c.config.MaxRatio)
			if err == web.ErrBodyTooLarge {
				c.stats.refused.Add(1)
			}
			return plain, err
		})
	}
	return true
}

// Stats counts what a Resource has done.
type Stats struct {
	Coded    int64 // responses that were compressed
	Plain    int64 // responses that were not because Encoders was reached
	Refused  int64 // requests that were answered with 406, 413 or 415
	Encoders int64 // in use at this moment
}

// Stats returns the counters.
func (c *Resource) Stats() Stats {
	return Stats{Coded: c.stats.coded.Load(), Plain: c.stats.plain.Load(), Refused: c.stats.refused.Load(), Encoders: c.inUse.Load()}
}

var _ web.Leaf = (*Resource)(nil)
