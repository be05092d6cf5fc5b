package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// benchPipeline loads customers with ten templated fields: text, some through functions, a list, a
// number, a date and a boolean. The function phone is not among them: it alone takes as long as all
// of these, which would measure a library.
const benchPipeline = `
version: 1
name: bench
kustomer: { base_url: "${URL}" }
run: { workers: 32, bulk: never }
steps:
  customer:
    from: ${FILE}
    sink: create_customer
    key: "zd-{{ .id }}"
    mapping:
      name: "{{ .first }} {{ .last }}"
      emails: [{ type: work, email: "{{ .email | lower | trim }}" }]
      phones: [{ type: mobile, phone: "{{ .phone }}" }]
      tags: '{{ .labels | split "|" }}'
      locale: "{{ .locale }}"
      custom:
        tierStr: "{{ .plan }}"
        mrrNum: "{{ .mrr }}"
        renewsAt: '{{ .renewal | date "01/02/2006" }}'
        cityStr: "{{ .city | upper }}"
        activeBool: "{{ .active }}"
`

var benchColumns = []string{"id", "first", "last", "email", "phone", "labels", "locale", "plan", "mrr", "renewal", "city", "active"}

// benchCells are the cells of row n, in the order of benchColumns. Every row differs from every other.
func benchCells(n int) []string {
	id := strconv.Itoa(n)
	return []string{
		id, "First" + id, "Lastname " + id, "User" + id + "@Example.com ", fmt.Sprintf("+1212555%04d", n%10000),
		"alpha|beta|l" + strconv.Itoa(n%50), "en_US", "plan " + strconv.Itoa(n%5), fmt.Sprintf("%d.%02d", n%900, n%100),
		fmt.Sprintf("%02d/%02d/2027", n%12+1, n%28+1), "City " + strconv.Itoa(n%1000), strconv.FormatBool(n%2 == 0),
	}
}

// writeBenchCSV writes rows customers, about 110 bytes each.
func writeBenchCSV(path string, rows int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, strings.Join(benchColumns, ","))
	for n := range rows {
		fmt.Fprintln(out, strings.Join(benchCells(n), ","))
	}
	return errors.Join(out.Flush(), file.Close())
}

// benchBook is the command bench-book FILE ROWS: it writes the customers as a workbook. It is a
// process of its own since excelize takes memory, and a process starts with the peak of the one that
// starts it.
func benchBook() {
	rows, err := strconv.Atoi(os.Args[2])
	if err == nil {
		err = writeBenchBook(os.Args[1], rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func writeBenchBook(path string, rows int) error {
	book := excelize.NewFile()
	out, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	for n := -1; n < rows; n++ {
		cells := benchColumns
		if n >= 0 {
			cells = benchCells(n)
		}
		values := make([]any, len(cells))
		for i, text := range cells {
			values[i] = text
		}
		if err := out.SetRow("A"+strconv.Itoa(n+2), values); err != nil {
			return err
		}
	}
	return errors.Join(out.Flush(), book.SaveAs(path), book.Close())
}
