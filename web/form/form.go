// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form

import (
	"net/url"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// A Form is what the client sent.
type Form struct {
	Values url.Values
	Files  map[string][]*File // by the name of the field; a field in which no file was chosen is left out
}

// Parse reads the form in the body of r, urlencoded or multipart. The error is a *web.StatusError for what the client has done wrong, or what kept a file from being
// written. Temporary files are removed when the request has ended. Loop only.
func Parse(r *web.Request, config Config) *deferred.Deferred[*Form] {
	config = config.withDefaults()
	p := &parser{config: &config, form: &Form{Values: make(url.Values), Files: make(map[string][]*File)}}
	p.spool = newSpooler(r, config.Dir)
	var stop func()
	d := deferred.NewCancellable(r.Loop(), func(*deferred.Deferred[*Form]) { stop() })
	p.spool.failed = func(err error) {
		stop()
		d.Errback(err)
	}
	stop = read(r, &config, p, func(body string) (err error) {
		p.form.Values, err = parseURLEncoded(body, &config)
		return err
	}, func(err error) {
		if err != nil {
			d.Errback(err)
			return
		}
		p.spool.whenIdle(func() { d.Callback(p.form) })
	})
	return d
}

// parser is the receiver that makes a Form.
type parser struct {
	config *Config
	form   *Form
	spool  *spooler
	values int // bytes of them, and of all names and headers
	memory int // bytes of files

	name  string
	value []byte
	file  *File // nil in a value
}

func (p *parser) begin(part *Part) error {
	p.name, p.value, p.file = part.Name, nil, nil
	if part.File {
		p.file = &File{Field: part.Name, Name: part.FileName, Type: part.Type, Header: part.Header}
	}
	n := len(part.Name)
	for k, v := range part.Header.All() {
		n += len(k) + len(v)
	}
	return p.grow(n)
}

func (p *parser) grow(n int) error {
	if p.values += n; p.values > p.config.MaxValues {
		return tooLarge("its values")
	}
	return nil
}

func (p *parser) data(b []byte) error {
	f := p.file
	if f == nil {
		p.value = append(p.value, b...)
		return p.grow(len(b))
	}
	f.Size += int64(len(b))
	switch {
	case p.config.MaxFileSize > 0 && f.Size > p.config.MaxFileSize:
		return tooLarge("one of its files")
	case f.disk != nil:
		p.spool.write(f.disk, b)
	case p.memory+len(b) > p.config.Memory:
		f.disk = new(tempFile)
		p.spool.write(f.disk, f.memory)
		p.spool.write(f.disk, b)
		p.memory -= len(f.memory)
		f.memory = nil
	default:
		f.memory = append(f.memory, b...)
		p.memory += len(b)
	}
	return nil
}

func (p *parser) end() error {
	switch f := p.file; {
	case f == nil:
		p.form.Values.Add(p.name, string(p.value))
	case f.Name != "" || f.Size > 0:
		if f.disk != nil {
			p.spool.end(f.disk)
		}
		p.form.Files[p.name] = append(p.form.Files[p.name], f)
	}
	return nil
}
