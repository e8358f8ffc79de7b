-- +goose Up
CREATE TABLE toys (name TEXT PRIMARY KEY);
