// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// maxOwnHeader bounds the header of a file that has one.
const maxOwnHeader = 65536

var errBadHeader = errors.New("static: the header in the file is malformed")

// An ownHeader is the beginning of a file that is sent as it is.
type ownHeader struct {
	status int
	fields []string // names and values
	length int64    // with the empty line
}

// readOwnHeader reads the header of a file: an optional status line and fields, the lines ended by LF or CRLF.
func readOwnHeader(file fs.File, at io.ReaderAt, size int64) (*ownHeader, error) {
	if at == nil {
		return nil, errBadHeader // the content would have to be put back
	}
	beginning := make([]byte, min(size, maxOwnHeader))
	if n, err := at.ReadAt(beginning, 0); n < len(beginning) {
		return nil, err
	}
	h := &ownHeader{status: 200}
	for rest := beginning; ; {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		if !ok {
			return nil, errBadHeader
		}
		h.length += int64(len(line)) + 1
		text := strings.TrimSuffix(string(line), "\r")
		if text == "" {
			return h, nil
		}
		name, value, isField := strings.Cut(text, ":")
		value = strings.TrimSpace(value)
		switch {
		case len(rest) == len(beginning) && strings.HasPrefix(text, "HTTP/"):
			_, value, _ = strings.Cut(text, " ")
			fallthrough
		case isField && strings.EqualFold(name, "Status"):
			code, _, _ := strings.Cut(value, " ")
			n, err := strconv.Atoi(code)
			if err != nil || n < 200 || n > 599 {
				return nil, errBadHeader
			}
			h.status = n
		case !isField:
			return nil, errBadHeader
		case framing[textproto.CanonicalMIMEHeaderKey(name)]:
		default:
			h.fields = append(h.fields, name, value)
		}
		rest = after
	}
}

// framing are the fields that are the connection's matter.
var framing = map[string]bool{"Content-Length": true, "Transfer-Encoding": true, "Connection": true, "Keep-Alive": true, "Trailer": true, "Upgrade": true}

// asIs sends a file with its own header.
func (f *Files) asIs(r *web.Request, result *found) {
	h := r.ResponseHeader()
	for i := 0; i < len(result.header.fields); i += 2 {
		h.Add(result.header.fields[i], result.header.fields[i+1])
	}
	r.SetStatus(result.header.status)
	n := result.info.Size() - result.header.length
	if result.header.status == 204 || result.header.status == 205 || result.header.status == 304 {
		result.close()
		return
	}
	h.Set("Content-Length", strconv.FormatInt(n, 10))
	if r.Method == "HEAD" {
		result.close()
		return
	}
	c := content{at: result.file.(io.ReaderAt), closer: result.closer(), size: n}
	c.write(r, []piece{{span: span{result.header.length, n}}}, n, f.config.Threads)
}
