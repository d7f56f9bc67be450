"""Passwords of twelve characters and more that many people have: the first that are guessed."""

COMMON = frozenset(
    """
    000000000000 111111111111 121212121212 123123123123 123321123321 1234567890ab 123456789012 1234567890123
    12345678901234 123456789123 123456789a123 123456abcdef 123qweasdzxc 147258369147 1q2w3e4r5t6y 1q2w3e4r5t6y7u
    1qaz2wsx3edc 1qazxsw23edc 3edc4rfv5tgb 741852963741 789456123789 987654321098 987654321987 a1b2c3d4e5f6
    abc123abc123 abcd1234abcd abcdefghijkl abcdefghijklm administrator administrator1 alexandria12 asdfasdfasdf
    asdfghjkl123 asdfghjkl1234 asdfjkl;asdf azertyuiop123 baseball1234 basketball12 butterfly123 changeme1234
    changemenow1 charlie12345 chocolate123 computer1234 correcthorse correcthorsebatterystaple football1234
    footballfootball helloworld12 helloworld123 iloveyou1234 iloveyouiloveyou iloveyousomuch internet1234
    jordan123456 letmein12345 letmeinletmein liverpool123 manchester12 michael12345 monkey123456 mypassword12
    mypassword123 passw0rd1234 passw0rdpassw0rd password0000 password1111 password1234 password12345
    password123456 password123! password2023 password2024 password2025 password2026 passwordpassword
    p@ssw0rd1234 p@ssword1234 princess1234 q1w2e3r4t5y6 qazwsxedcrfv qweasdzxc123 qwer1234qwer qwerty123456
    qwertyqwerty qwertyuiop12 qwertyuiop123 qwertyuiop[] qwertyuiopas qwertyuiopasdfghjklzxcvbnm qwertzuiop123
    samsung12345 secret123456 starwars1234 summer202024 summer202025 sunshine1234 superman1234 temppassword
    temporary123 testtesttest thisisapassword trustno1trustno1 welcome12345 welcome123456 welcomewelcome
    whatever1234 winter202024 winter202025 zaq12wsxcde3 zxcvbnm12345 zxcvbnmasdfghjkl
    """.split()
)
