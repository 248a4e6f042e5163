// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package script

import (
	"cmp"
	htmltemplate "html/template"
	"maps"
	"net/url"
	"path"
	"path/filepath"
	"slices"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/template"
)

// Data is what templates of [HTML] are rendered with, unless the program says otherwise: a copy of what the request tells. Templates run beside the loop, where the request itself may not be used.
type Data struct {
	Method, URI, Path, Query, Host string // as in web.Request; Host as ClientHost tells it
	PrePath, PostPath              []string
	Args                           url.Values // of the query
	Secure                         bool
	ClientAddr                     string // "" if it is not known

	header web.Header
}

// Header returns the first value of a field of the request, or "".
func (d *Data) Header(name string) string { return d.header.Get(name) }

// NewData returns what r tells. Loop only.
func NewData(r *web.Request) *Data {
	d := &Data{
		Method: r.Method, URI: r.URI, Path: r.Path, Query: r.Query, Host: r.ClientHost(), PrePath: slices.Clone(r.PrePath), PostPath: slices.Clone(r.PostPath),
		Args: maps.Clone(r.Args()), Secure: r.Secure(),
	}
	if a := r.ClientAddr(); a.IsValid() {
		d.ClientAddr = a.String()
	}
	for name, value := range r.Header.All() {
		d.header.Add(name, value)
	}
	return d
}

// HTML returns a Compiler for templates of html/template, which answer GET and HEAD. funcs are there for the template, nil means none; data makes what it is rendered with, on the loop, nil means [NewData]. What
// data returns is used beside the loop.
func HTML(funcs htmltemplate.FuncMap, data func(r *web.Request) any) Compiler {
	if data == nil {
		data = func(r *web.Request) any { return NewData(r) }
	}
	return func(name string, src []byte) (web.Resource, error) {
		t, err := htmltemplate.New(path.Base(filepath.ToSlash(name))).Funcs(funcs).Parse(string(src))
		if err != nil {
			return nil, err
		}
		return template.Page{}.Resource(func(r *web.Request) template.Node { return template.Execute(t, data(r)) }), nil
	}
}

// XML returns a Compiler for templates of package template in XML, which answer GET and HEAD. e has the render methods; its Loader is the file. A template that names a method which e has not does not compile.
func XML(page template.Page, e template.Element) Compiler {
	return func(name string, src []byte) (web.Resource, error) {
		doc, err := template.ParseXML(cmp.Or(name, "template"), src)
		if err != nil {
			return nil, err
		}
		element := e
		element.Loader = doc
		if err := element.Check(); err != nil {
			return nil, err
		}
		return page.Resource(func(*web.Request) template.Node { return &element }), nil
	}
}
