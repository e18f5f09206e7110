"""Everyday dialogues for these measurements, of the kinds that the twins know but not in their training text."""

UNSEEN = (
    "User: Could you find me a quiet restaurant in Oakland for Saturday evening?\nAssistant: There is a Thai place on Grand Avenue. Shall I book it?\nUser: Yes, for four people at seven please.",
    "User: I need a one way ticket to Denver.\nAssistant: What day would you like to leave?\nUser: I would like to leave on Tuesday morning.",
    "User: Will it rain in Seattle this weekend?\nAssistant: The chance of rain is 40 percent on Saturday and the wind will be light.",
    "User: Please send ten dollars to Maria.\nAssistant: Should I take the money from your checking account?\nUser: Yes, use my checking account.",
    "User: I am looking for a movie to watch tonight.\nAssistant: Would you like a comedy or a drama?\nUser: A comedy, please, and not too long.",
    "User: Can you get me a ride to the airport?\nAssistant: How many people will be riding with you?\nUser: Just me, and I have one small bag.",
    "User: I want to rent a car in Portland next Friday.\nAssistant: Which kind of car would you prefer?\nUser: A compact car would be fine.",
    "User: Is there a dentist in San Jose who is open on Monday?\nAssistant: I found three dentists. One of them is Doctor Hall.\nUser: What is the phone number?",
    "User: Play some music for me.\nAssistant: What kind of music do you like?\nUser: I like old rock songs from the seventies.",
    "User: Find a hotel with two rooms in Chicago.\nAssistant: The Lake Hotel has two rooms for 120 dollars a night.\nUser: That sounds good. Please book them.",
    "User: I would like to see an apartment in Berkeley.\nAssistant: Do you want one bedroom or two?\nUser: Two bedrooms, and I have a cat.",
    "User: What time does the next bus to Sacramento leave?\nAssistant: The next bus leaves at 8:15 in the morning.\nUser: Are there any later ones?",
    "User: Set a table for six at the Italian restaurant.\nAssistant: Please confirm: a table for six at noon today.\nUser: No, make it half past twelve.",
    "User: Are there any concerts in New York next week?\nAssistant: There is a jazz concert on Wednesday at 8 pm.\nUser: Great, I need two tickets.",
    "User: I lost my umbrella on the bus.\nAssistant: I am sorry to hear that. Which bus did you take?\nUser: I took the number nine to the station.",
    "User: Add a meeting to my calendar.\nAssistant: What is the date and time of the meeting?\nUser: It is on the 5th of March at 10 in the morning.",
)
