// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include "window.h"

#include <cmath>
#include <memory>
#include <wx/dcbuffer.h>
#include <wx/graphics.h>
#include <wx/wx.h>

extern "C" { // exported by main.go
void tickerPainted(void);
void tickerFrame(void);
void tickerClosed(void);
}

namespace {

class List : public wxPanel {
public:
	explicit List(wxWindow *parent, int columns, int rows) : wxPanel(parent, wxID_ANY, wxDefaultPosition, wxDefaultSize, wxBORDER_THEME) {
		SetBackgroundStyle(wxBG_STYLE_PAINT);
		SetFont(wxFontInfo(10).Family(wxFONTFAMILY_TELETYPE));
		const wxSize cell = GetTextExtent("0");
		SetMinSize(wxSize(cell.x * (columns + 1) + 24, cell.y * rows + 30));
		Bind(wxEVT_PAINT, [this](wxPaintEvent &) {
			draw();
			tickerPainted();
		});
	}
	wxString text;

private:
	void draw() {
		wxAutoBufferedPaintDC dc(this);
		dc.SetBackground(wxSystemSettings::GetColour(wxSYS_COLOUR_WINDOW));
		dc.Clear();
		dc.SetFont(GetFont());
		dc.SetTextForeground(wxSystemSettings::GetColour(wxSYS_COLOUR_WINDOWTEXT));
		dc.DrawLabel(text, GetClientRect().Deflate(10), wxALIGN_TOP | wxALIGN_LEFT);
	}
};

// A Spinner is a ring of dots that turns once in two seconds.
class Spinner : public wxPanel {
public:
	explicit Spinner(wxWindow *parent) : wxPanel(parent), timer(this) {
		SetMinSize(wxSize(180, 180));
		SetDoubleBuffered(true);
		Bind(wxEVT_TIMER, [this](wxTimerEvent &) { Refresh(false); });
		Bind(wxEVT_PAINT, [this](wxPaintEvent &) {
			draw();
			tickerFrame();
		});
		timer.Start(16);
	}

private:
	void draw() {
		wxPaintDC dc(this);
		std::unique_ptr<wxGraphicsContext> p(wxGraphicsContext::Create(dc));
		const wxSize size = GetClientSize();
		p->Translate(size.x / 2.0, size.y / 2.0);
		p->Rotate(clock.Time() * 0.18 * M_PI / 180);
		for (int i = 0; i < 12; i++) {
			const double r = 4 + i * 0.7;
			p->SetBrush(wxBrush(wxColour(38, 110, 200, 30 + i * 20)));
			p->DrawEllipse(68 - r, -r, 2 * r, 2 * r);
			p->Rotate(M_PI / 6);
		}
	}
	wxStopWatch clock;
	wxTimer timer;
};

class Frame : public wxFrame {
public:
	Frame(const wxString &title, int columns, int rows) : wxFrame(nullptr, wxID_ANY, title) {
		auto *panel = new wxPanel(this);
		auto *heading = new wxStaticText(panel, wxID_ANY, "Live lines");
		heading->SetFont(heading->GetFont().Bold().Scaled(1.5));
		list = new List(panel, columns, rows);
		status = new wxStaticText(panel, wxID_ANY, "", wxDefaultPosition, wxDefaultSize, wxST_NO_AUTORESIZE | wxST_ELLIPSIZE_END);

		auto *middle = new wxBoxSizer(wxHORIZONTAL);
		middle->Add(list, wxSizerFlags(1).Expand());
		middle->Add(new Spinner(panel), wxSizerFlags().Center().Border(wxLEFT, 16));
		auto *column = new wxBoxSizer(wxVERTICAL);
		column->Add(heading, wxSizerFlags().Border(wxLEFT | wxRIGHT | wxTOP, 16));
		column->Add(middle, wxSizerFlags(1).Expand().Border(wxALL, 16));
		column->Add(status, wxSizerFlags().Expand().Border(wxLEFT | wxRIGHT | wxBOTTOM, 16));
		panel->SetSizer(column);
		column->SetSizeHints(this);
		Bind(wxEVT_CLOSE_WINDOW, [](wxCloseEvent &e) {
			tickerClosed(); // the frame is destroyed next
			e.Skip();
		});
	}
	List *list;
	wxStaticText *status;
};

Frame *frame;

} // namespace

void window_open(const char *title, int columns, int rows) {
	frame = new Frame(wxString::FromUTF8(title), columns, rows);
	frame->Show();
}

void window_set_lines(const char *text) {
	frame->list->text = wxString::FromUTF8(text);
	frame->list->Refresh(false);
}

void window_set_status(const char *text) { frame->status->SetLabelText(wxString::FromUTF8(text)); }
