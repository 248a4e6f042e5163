// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include "window.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFontDatabase>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QTimer>
#include <QtMath>

extern "C" { // exported by main.go
void tickerPainted(void);
void tickerFrame(void);
void tickerClosed(void);
}

namespace {

class List : public QLabel {
protected:
	void paintEvent(QPaintEvent *e) override {
		QLabel::paintEvent(e);
		tickerPainted();
	}
};

// A Spinner is a ring of dots that turns once in two seconds.
class Spinner : public QWidget {
public:
	Spinner() {
		setFixedSize(180, 180);
		clock.start();
		timer.setTimerType(Qt::PreciseTimer);
		connect(&timer, &QTimer::timeout, this, [this] { update(); });
		timer.start(16);
	}

protected:
	void paintEvent(QPaintEvent *) override {
		QPainter p(this);
		p.setRenderHint(QPainter::Antialiasing);
		p.translate(width() / 2.0, height() / 2.0);
		p.rotate(clock.elapsed() * 0.18);
		p.setPen(Qt::NoPen);
		for (int i = 0; i < 12; i++) {
			p.setBrush(QColor(38, 110, 200, 30 + i * 20));
			p.drawEllipse(QPointF(68, 0), 4 + i * 0.7, 4 + i * 0.7);
			p.rotate(30);
		}
		tickerFrame();
	}

private:
	QElapsedTimer clock;
	QTimer timer;
};

class Window : public QWidget {
public:
	Window(int columns, int rows) {
		auto *heading = new QLabel("Live lines");
		QFont font = heading->font();
		font.setPointSizeF(font.pointSizeF() * 1.5);
		font.setBold(true);
		heading->setFont(font);

		list.setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
		list.setTextFormat(Qt::PlainText);
		list.setAlignment(Qt::AlignTop | Qt::AlignLeft);
		list.setMargin(10);
		list.setFrameShape(QFrame::StyledPanel);
		list.setBackgroundRole(QPalette::Base);
		list.setAutoFillBackground(true);
		const QFontMetrics cell = list.fontMetrics();
		list.setMinimumSize(cell.horizontalAdvance('0') * (columns + 1) + 24, cell.lineSpacing() * rows + 24);
		list.setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored); // else each text would have the window laid out anew

		status.setTextFormat(Qt::PlainText);
		status.setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

		auto *grid = new QGridLayout(this);
		grid->setContentsMargins(20, 16, 20, 16);
		grid->setSpacing(14);
		grid->addWidget(heading, 0, 0, 1, 2);
		grid->addWidget(&list, 1, 0);
		grid->addWidget(&spinner, 1, 1, Qt::AlignCenter);
		grid->addWidget(&status, 2, 0, 1, 2);
		grid->setRowStretch(1, 1);
		grid->setColumnStretch(0, 1);
	}
	List list;
	QLabel status;

protected:
	void closeEvent(QCloseEvent *e) override {
		QWidget::closeEvent(e);
		tickerClosed();
	}

private:
	Spinner spinner;
};

Window *window;

} // namespace

void window_open(const char *title, int columns, int rows) {
	window = new Window(columns, rows);
	window->setWindowTitle(title);
	window->show();
}

void window_set_lines(const char *text) {
	window->list.setText(QString::fromUtf8(text));
	window->list.update(); // also where the text is the same
}

void window_set_status(const char *text) { window->status.setText(QString::fromUtf8(text)); }
