#!/usr/bin/env python3
"""A planning bot for QuickGather chat: answers `!best` with the times that suit everybody. Standard library only.

Give it an account of its own. In a session of that account type `TOKEN ISSUE bot`, and put the access and the refresh
token of the answer into a file, one a line. Then:  planner-bot.py --host chat.example.org --room '#picnic' --tokens FILE
"""
import argparse
import os
import pathlib
import random
import socket
import ssl
import time


def read(line):                          # the whole reading side of a client
    tags, line = line[1:].split(' ', 1) if line[:1] == '@' else ('', line)
    head, colon, text = line.partition(' :')
    words = head.split(' ')
    source = words.pop(0)[1:] if head[:1] == ':' else None
    kind = 'event' if source else words[0] if words[0] in ('OK', 'FAIL', 'ERROR') else 'row'
    return kind, dict(t.partition('=')[::2] for t in tags.split(';') if t), source, words, text if colon else None


class Refused(Exception):
    """A FAIL; its code is the first argument."""


class Bot:
    def __init__(self, options):
        self.options = options
        self.path = pathlib.Path(options.tokens)
        self.access, self.refresh = self.path.read_text().split()
        self.seen_path = self.path.with_name(self.path.name + '.seen')
        # The id of the last message that was dealt with: what came after it is replayed after a reconnect.
        self.seen = int(self.seen_path.read_text()) if self.seen_path.exists() else 0
        self.events = []

    def save(self, path, text):          # there whole or not at all, whenever we are interrupted
        draft = path.with_name(path.name + '.part')
        with open(draft, 'w', opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)

    def connect(self):
        context = ssl.create_default_context(cafile=self.options.certificate)
        plain = socket.create_connection((self.options.host, self.options.port), timeout=30)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.socket = context.wrap_socket(plain, server_hostname=self.options.host)
        self.socket.settimeout(None)
        self.lines = self.socket.makefile('r', encoding='utf-8', newline='\r\n')

    def line(self):
        line = self.lines.readline()
        if not line.endswith('\r\n'):
            raise ConnectionError('closed')
        return read(line[:-2])

    def command(self, line):             # rows and the fields of OK; events that come meanwhile wait
        self.socket.sendall((line + '\n').encode())
        rows = []
        while True:
            kind, tags, source, words, text = self.line()
            if kind == 'event':
                self.events.append((tags, source, words, text))
            elif kind == 'row':
                rows.append((words, text))
            elif kind == 'OK':
                return rows, words
            else:
                raise Refused(*words[2:3]) if kind == 'FAIL' else ConnectionError(text)

    def log_in(self):
        try:
            self.command(f'RESUME {self.access}')
        except Refused as refused:
            if refused.args != ('EXPIRED_TOKEN',):
                raise SystemExit('The token is not valid any more: TOKEN ISSUE a new one.')
            _, words = self.command(f'TOKEN REFRESH {self.refresh}')
            self.access, self.refresh = words[4], words[6]
            self.save(self.path, f'{self.access}\n{self.refresh}\n')
            self.command(f'RESUME {self.access}')
        self.command('SET TAGS ON')

    def hear(self, number, author, text):
        if text.split(' ')[0] == '!best' and number > self.seen:
            rows, _ = self.command(f'WHEN {self.options.room} limit=1')
            words = rows[0][1] if rows else 'nobody has entered a time yet'
            question = text.partition(' ')[2]
            reply = f'{question}: {words}' if question else words
            # The key is made of the question: however often we are cut off, there is one answer to it.
            self.command(f'@once=best{number} MSG {self.options.room} {reply}')
        if number > self.seen:
            self.seen = number
            self.save(self.seen_path, str(number))

    def run(self):
        self.events.clear()
        self.connect()
        self.log_in()
        rows, _ = self.command(f'JOIN {self.options.room} since={self.seen}')
        for words, text in rows:
            self.hear(int(words[2]), words[4], text)
        while True:
            if self.events:
                tags, source, words, text = self.events.pop(0)
            else:
                kind, tags, source, words, text = self.line()
                if kind == 'ERROR':
                    raise ConnectionError(text)
            if words[0] == 'MSG':
                self.hear(int(tags['msgid']), source, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--host', required=True)
    parser.add_argument('--port', type=int, default=6697)
    parser.add_argument('--room', required=True)
    parser.add_argument('--tokens', required=True, help='file with the access and the refresh token')
    parser.add_argument('--certificate', help='PEM file to trust, for a self-signed server')
    bot, pause = Bot(parser.parse_args()), 0.2
    while True:
        begun = time.monotonic()
        try:
            bot.run()
        except OSError as error:
            print(f'cut off ({error}); trying again')
        pause = 0.2 if time.monotonic() - begun > 30 else min(pause * 2, 30)
        time.sleep(pause * random.uniform(0.5, 1))


if __name__ == '__main__':
    main()
