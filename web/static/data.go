// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"bytes"
	"hash/fnv"
	"strconv"

	"github.com/torsion-go/torsion/web"
)

// Data returns a resource that answers GET and HEAD with content, which must not change afterwards. Its ETag is made of the content. Twisted: static.Data.
func Data(contentType string, content []byte) web.Resource {
	sum := fnv.New64a()
	sum.Write(content)
	tag := `"` + strconv.FormatUint(sum.Sum64(), 36) + "-" + strconv.Itoa(len(content)) + `"`
	return web.Get(data{contentType, content, tag}.get)
}

type data struct {
	ctype   string
	content []byte
	tag     string
}

func (d data) get(r *web.Request) {
	r.ResponseHeader().Set("Content-Type", d.ctype)
	c := content{at: bytes.NewReader(d.content), closer: nothing{}, size: int64(len(d.content)), ctype: d.ctype, version: web.Validator{ETag: d.tag}, maxRanges: 16}
	c.send(r, false)
}

type nothing struct{}

func (nothing) Close() error { return nil }
