// Package demo contains the campaign of the December 2019 notice as data, with invented entries below it.
//
// The campaign, its 40 stated figures, the province, the prefectures and the 19 counties are real. A deterministic
// generator makes the townships, villages, organizations, needs and deliveries; their names say that they are examples.
// Their sums equal the notice's figures for its items. Where the items of the notice do not add up to its headline,
// neither do they: goods itemise to more than their headline, cash to about a fifth, services to a hundredth.
//
// The generator writes a scenario: the calls that the people of the campaign make. [Load] plays it.
package demo
