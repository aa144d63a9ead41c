"""Names of the fictional area, by naming tradition. Common names in no official order; long surname lists are composed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tradition:
    """How one group names its people.

    `share`: of households. `ethnic`: ETHNIC CATEGORY codes with weights. `errors`: how often its names are recorded wrong, the
    English tradition being 1. `swapped`: share of records with given and family name exchanged. `own_name`: share of wives who
    keep their own family name. `gendered`: `families_of_women` are the same families' names for women, place by place; else
    they are names of their own. `patronymic`: children take the father's given name. `mononym`: share with a single name.
    `year_only`: share whose date of birth is known by year alone, and given as 1 January.
    """

    name: str
    share: float
    ethnic: dict[str, float]
    men: tuple[str, ...]
    women: tuple[str, ...]
    families: tuple[str, ...]
    young_men: tuple[str, ...] = ()
    young_women: tuple[str, ...] = ()
    families_of_women: tuple[str, ...] = ()
    flatness: float = 20.0
    errors: float = 1.0
    swapped: float = 0.002
    own_name: float = 0.12
    gendered: bool = False
    patronymic: bool = False
    mononym: float = 0.0
    year_only: float = 0.0
    language: str = "English"
    variants: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _composed(starts: str, ends: str) -> tuple[str, ...]:
    # The order runs over both parts together, so that frequent ones differ in beginning and end.
    first, last = starts.split(), ends.split()
    size = len(first) * len(last)
    step = next(n for n in range(int(size * 0.618) | 1, 2 * size) if _coprime(n, size))
    return tuple(first[k // len(last)] + last[k % len(last)] for k in ((i * step) % size for i in range(size)))


def _coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1


ENGLISH_FAMILIES = _words(
    """Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood
    Jackson Clarke Harris Clark Lewis Cooper Ward Turner Martin Hill Baker Morris Moore King Edwards Lee Harrison Parker Allen
    Hughes Watson Bennett Carter Cook Phillips Shaw Griffiths James Bell Morgan Price Richardson Foster Marshall Young Collins
    Kelly Adams Mitchell Bailey Murphy Cox Webb Richards Rogers Lloyd Stevens Ellis Gray Mills Mason Hunt Palmer Holmes Rees
    Jenkins Powell Owen Howells Bowen Pritchard Probert Vaughan Llewellyn Meredith O'Brien O'Neill Byrne Doyle Gallagher
    McCarthy McDonald Campbell Stewart Murray Reid Ross Fraser Gordon Grant Hamilton Burns Kerr Boyle"""
) + _composed(
    """Ash Black Brad Brom Burn Chal Cran Dun East Elm Farn Fen Glad Hack Hart Hazel Hol Ken Kirk Lang Lang Leigh Lin Mar Mid Nor
    Oak Pen Rad Red Row Sand Sel Shel Stan Stock Sut Thorn Wal West Whit Win Wood Wych""".replace("Lang Lang", "Lang"),
    "ley ton ford worth ham well bury field wick by land more stead brook dale combe",
)

ENGLISH = Tradition(
    name="English and Welsh",
    share=0.775,
    ethnic={"A": 0.90, "B": 0.03, "C": 0.02, "G": 0.01, "Z": 0.03, "99": 0.01},
    men=_words(
        """John David Michael Peter Robert William James Alan Brian Paul George Kenneth Anthony Richard Derek Ronald Raymond
        Thomas Christopher Stephen Andrew Keith Roy Philip Geoffrey Colin Dennis Barry Graham Roger Malcolm Terence Gordon Martin
        Ian Frederick Arthur Eric Norman Leslie Stanley Harold Albert Ernest Douglas Edward Charles Joseph Trevor Nigel Kevin Mark
        Simon Gareth Gwyn Emrys Dafydd Patrick Sean Gerald Clive Neville Cyril Walter"""
    ),
    women=_words(
        """Margaret Patricia Mary Susan Christine Jean Barbara Maureen Sheila Joan Dorothy Ann Linda Carol Janet Pauline Brenda
        Kathleen Shirley Sandra Joyce Doreen Eileen Jacqueline Elizabeth Valerie Marion Irene June Betty Sylvia Gillian Judith
        Beryl Marjorie Audrey Hilda Edna Ethel Phyllis Vera Gladys Winifred Julie Karen Deborah Tracey Alison Helen Jane
        Catherine Lesley Angela Diane Rosemary Bronwen Megan Sian Bridget Frances Teresa Anne Ruth Hazel"""
    ),
    young_men=_words(
        """Oliver Jack Harry Thomas James George William Joshua Daniel Samuel Matthew Luke Ryan Adam Benjamin Alexander Jake
        Connor Callum Liam Lewis Nathan Kieran Aaron Charlie Alfie Archie Noah Oscar Leo Theo Arthur Freddie Henry Max Ethan
        Logan Mason Dylan Rhys Owen Ieuan Evan Tyler Jordan Christopher Michael Robert Scott Craig Dean Lee Stuart Jamie"""
    ),
    young_women=_words(
        """Olivia Amelia Emily Jessica Sophie Lily Chloe Grace Ella Mia Charlotte Lucy Hannah Rebecca Lauren Megan Amy Sarah
        Rachel Laura Gemma Emma Victoria Katie Holly Bethany Abigail Eleanor Alice Daisy Poppy Isla Ava Evie Freya Florence Ivy
        Willow Rosie Phoebe Matilda Georgia Molly Ellie Jade Danielle Natalie Nicola Claire Louise Kelly Stacey Seren Cerys
        Elizabeth Catherine"""
    ),
    families=ENGLISH_FAMILIES,
)

MUSLIM_SOUTH_ASIAN = Tradition(
    name="South Asian, Muslim",
    share=0.055,
    ethnic={"J": 0.60, "K": 0.28, "L": 0.06, "F": 0.02, "Z": 0.04},
    men=_words(
        """Mohammed Muhammad Ali Ahmed Imran Tariq Asif Khalid Nadeem Zahid Rashid Usman Bilal Hamza Yusuf Ibrahim Hassan Hussain
        Abdul Mahmood Shahid Naveed Waqas Faisal Kashif Kamran Adnan Junaid Shabir Zubair Rafiq Farooq Iqbal Aslam Akram"""
    ),
    women=_words(
        """Fatima Ayesha Zainab Maryam Khadija Nasreen Shazia Saima Rukhsana Parveen Farzana Nazia Samina Shabana Tahira Yasmin
        Sadia Amina Hafsa Iqra Sana Rabia Bushra Noreen Shaheen Razia Naseem Zubeida Hina Aaliyah Safiya Sumaya"""
    ),
    families=_words(
        """Khan Ahmed Hussain Ali Akhtar Mahmood Malik Iqbal Shah Mirza Rehman Rahman Chowdhury Miah Uddin Islam Hoque Qureshi
        Siddiqui Sheikh Butt Raja Chaudhry Bhatti Javed Aziz Rashid Hassan Mohammed Saleem Anwar Yousaf Zaman Haque Alam"""
    ),
    families_of_women=_words("Begum Bibi Khatun Akhtar Kauser Khanam Sultana Nessa Bano Jan"),
    flatness=6.0,
    errors=2.4,
    swapped=0.03,
    own_name=0.75,
    year_only=0.04,
    language="Urdu",
    variants={
        "Mohammed": ("Muhammad", "Mohammad", "Mohamed", "Md", "Mohd"), "Muhammad": ("Mohammed", "Mohammad", "Md"),
        "Hussain": ("Hussein", "Husain"), "Ahmed": ("Ahmad",), "Yusuf": ("Yousuf", "Yousaf"), "Usman": ("Osman", "Uthman"),
        "Ayesha": ("Aisha", "Aysha"), "Zainab": ("Zaynab",), "Maryam": ("Mariam",), "Rehman": ("Rahman", "Rehmann"),
        "Chowdhury": ("Choudhury", "Chaudhry", "Chowdhary"), "Begum": ("Begam",), "Bibi": ("Bi",), "Sheikh": ("Shaikh",),
        "Miah": ("Mia", "Mian"), "Fatima": ("Fatimah", "Fathima"), "Yasmin": ("Yasmeen",),
    },
)  # fmt: skip

HINDU_SIKH = Tradition(
    name="South Asian, Hindu and Sikh",
    share=0.042,
    ethnic={"H": 0.90, "L": 0.05, "F": 0.02, "Z": 0.03},
    men=_words(
        """Raj Sanjay Vijay Ramesh Suresh Mahesh Rakesh Dinesh Ashok Anil Sunil Kiran Nilesh Jayesh Bhavesh Hitesh Gurpreet
        Harpreet Jaspreet Manjit Balwinder Sukhdev Kuldip Ravinder Satnam Arjun Rohan Aarav Karan Vikram Amit Deepak Pritpal"""
    ),
    women=_words(
        """Priya Anjali Meena Sunita Geeta Kavita Nisha Pooja Hansa Bhavna Jyoti Kalpana Manjula Pushpa Usha Harpreet Jaswinder
        Manjit Kulwinder Balbir Surinder Gurpreet Simran Aisha Diya Ananya Rekha Nita Urvashi Shanta Savita Kamla"""
    ),
    families=_words(
        """Patel Singh Shah Sharma Mistry Desai Mehta Joshi Parmar Chauhan Gill Sandhu Dhillon Sidhu Grewal Sahota Bains Dhaliwal
        Kumar Gupta Verma Rao Reddy Nair Menon Lad Solanki Tailor Kapoor Bhatt Trivedi Pandya Amin Modi"""
    ),
    families_of_women=_words("Patel Kaur Shah Sharma Mistry Desai Mehta Joshi Parmar Chauhan Kaur Kaur Kaur Devi Kumari Ben"),
    flatness=4.0,
    errors=1.7,
    swapped=0.012,
    own_name=0.25,
    language="Gujarati",
    variants={"Harpreet": ("Harprit",), "Jaswinder": ("Jaswindar",), "Manjit": ("Manjeet",), "Geeta": ("Gita",),
              "Chauhan": ("Chohan",), "Kaur": ("Kour",), "Meena": ("Mina",), "Kuldip": ("Kuldeep",)},
)  # fmt: skip

POLISH_PLAIN = _words("Nowak Wozniak Mazur Krawczyk Kaczmarek Zajac Krol Wieczorek Wrobel Stepien Adamczyk Dudek Pawlak Sikora")
POLISH_STEMS = _words(
    """Kowal Wisniew Lewandow Zielin Szyman Kozlow Jankow Piotrow Grabow Zawadz Jablon Wroblew Olszew Malinow Sadow Rutkow Michal
    Sokolow Borkow Dabrow Wojciechow Kwiatkow Czarnec Kubac Popow"""
)

POLISH = Tradition(
    name="Polish and East European",
    share=0.035,
    ethnic={"C": 0.96, "Z": 0.03, "99": 0.01},
    men=_words(
        """Piotr Krzysztof Andrzej Tomasz Jan Pawel Marcin Michal Marek Grzegorz Jozef Lukasz Adam Zbigniew Jerzy Mateusz Dariusz
        Wojciech Mariusz Jakub Kamil Rafal Robert Sebastian Filip Szymon Antoni Stanislaw Vasile Ion Andrei Mihai"""
    ),
    women=_words(
        """Anna Maria Katarzyna Malgorzata Agnieszka Barbara Ewa Krystyna Elzbieta Teresa Magdalena Joanna Monika Aleksandra Zofia
        Julia Natalia Karolina Beata Dorota Justyna Renata Halina Iwona Zuzanna Hanna Oliwia Elena Ioana Mihaela Daiva"""
    ),
    families=(*POLISH_PLAIN, *(f"{stem}ski" for stem in POLISH_STEMS)),
    families_of_women=(*POLISH_PLAIN, *(f"{stem}ska" for stem in POLISH_STEMS)),
    gendered=True,
    flatness=8.0,
    errors=2.0,
    swapped=0.008,
    language="Polish",
    variants={
        "Krzysztof": ("Chris", "Kris", "Krzystof"), "Piotr": ("Peter",), "Pawel": ("Paul",), "Katarzyna": ("Kasia", "Kate"),
        "Malgorzata": ("Gosia", "Margaret"), "Agnieszka": ("Aga", "Agnes"), "Magdalena": ("Magda",), "Wojciech": ("Wojtek",),
        "Tomasz": ("Tom", "Tomek"), "Aleksandra": ("Ola", "Alexandra"), "Joanna": ("Asia",), "Elzbieta": ("Ela",),
    },
)  # fmt: skip

CHINESE = Tradition(
    name="Chinese",
    share=0.013,
    ethnic={"R": 0.95, "L": 0.02, "Z": 0.03},
    men=_composed("Wei Jian Zhi Ming Guo Hao Jun Xiao Kai Chi Ka Wai Tsz Yat", "ming wei hua feng lin qiang hong ho kit man fai"),
    women=_composed("Mei Li Xiu Yan Hui Xiao Jing Yu Ka Wai Sze Lai Pui Suk", "ling fang ying na hua ping yee man yan wah mei"),
    families=_words(
        """Wang Li Zhang Chen Liu Yang Huang Wu Zhou Xu Zhao Lin Chan Wong Lee Cheung Lau Leung Ng Ho Tang Lam Yeung Chow Tsang
        Kwok Fung Yip Mak Cheng"""
    ),
    flatness=5.0,
    errors=2.2,
    swapped=0.10,
    own_name=0.9,
    language="Cantonese",
    variants={"Wong": ("Huang",), "Chan": ("Chen",), "Lee": ("Li",), "Cheung": ("Zhang",), "Ng": ("Wu",), "Xu": ("Hsu",)},
)  # fmt: skip

CARIBBEAN = Tradition(
    name="Caribbean",
    share=0.025,
    ethnic={"M": 0.78, "D": 0.12, "P": 0.06, "Z": 0.04},
    men=_words(
        """Winston Delroy Leroy Errol Clifton Desmond Carlton Neville Everton Trevor Marlon Jermaine Tyrone Devon Courtney Jerome
        Malachi Isaiah Elijah Joshua Caleb Reuben Nathaniel Marcus"""
    ),
    women=_words(
        """Beverley Sonia Marcia Yvonne Claudette Merlene Hyacinth Icilda Paulette Sharon Donna Marva Shanice Aaliyah Renee Naomi
        Keisha Tanisha Chantelle Monique Precious Esther Leah Gloria"""
    ),
    families=_words(
        """Campbell Brown Williams Johnson Francis Henry Gordon Grant Clarke Reid Bailey Morgan Bryan Powell Blake Barrett
        McKenzie Samuels Pinnock Gayle Bogle Facey Whyte Beckford Lindo Hylton Forbes Dacosta Edwards Thomas"""
    ),
    flatness=8.0,
    errors=1.4,
    own_name=0.3,
    variants={"Whyte": ("White",), "Beverley": ("Bev",), "Nathaniel": ("Nathan", "Nate"), "Joshua": ("Josh",)},
)

AFRICAN = Tradition(
    name="African",
    share=0.030,
    ethnic={"N": 0.88, "E": 0.05, "P": 0.04, "Z": 0.03},
    men=_words(
        """Oluwaseun Babatunde Ayodele Emeka Chinedu Chukwuemeka Kwame Kofi Kwabena Emmanuel Samuel Daniel David Tunde Ifeanyi
        Obinna Femi Segun Yaw Kojo Tendai Tafadzwa Blessing Godwin Sunday Abiodun"""
    ),
    women=_words(
        """Ngozi Chioma Adaeze Folake Funmilayo Yetunde Abimbola Ama Abena Akosua Efua Grace Mercy Blessing Patience Comfort Joy
        Precious Rutendo Chipo Nkechi Ifeoma Bukola Temitope Esther Deborah"""
    ),
    families=_words(
        """Adeyemi Okafor Okonkwo Mensah Owusu Boateng Osei Asante Agyeman Appiah Adebayo Ogunleye Olawale Eze Nwosu Chukwu
        Balogun Afolabi Bello Ibrahim Musa Moyo Ncube Sibanda Dube Addo Amoah Opoku Danso Kamara Conteh Sesay"""
    ),
    flatness=8.0,
    errors=2.3,
    swapped=0.06,
    own_name=0.45,
    language="Yoruba",
    variants={"Oluwaseun": ("Seun",), "Babatunde": ("Tunde",), "Chukwuemeka": ("Emeka",), "Funmilayo": ("Funmi",),
              "Abimbola": ("Bimbola", "Bola"), "Ayodele": ("Ayo",), "Temitope": ("Temi",), "Okonkwo": ("Okonkwor",)},
)  # fmt: skip

SOMALI = Tradition(
    name="Somali and Eritrean",
    share=0.010,
    ethnic={"N": 0.93, "P": 0.04, "Z": 0.03},
    men=_words("Abdi Mohamed Ahmed Hassan Ali Omar Yusuf Ibrahim Abdullahi Farah Osman Mahad Warsame Liban Said Jama Nur Dahir"),
    women=_words("Fadumo Halima Amina Khadra Hodan Ifrah Sahra Asha Maryan Hibo Ayaan Faiza Nimo Zahra Safia Idil Ubah Deqa"),
    families=_words("Abdi Mohamed Ahmed Hassan Ali Omar Yusuf Ibrahim Abdullahi Farah Osman Warsame Jama Nur Aden Elmi Hersi"),
    flatness=3.0,
    errors=3.0,
    swapped=0.07,
    own_name=1.0,
    patronymic=True,
    year_only=0.22,
    language="Somali",
    variants={"Mohamed": ("Mohammed", "Maxamed"), "Yusuf": ("Yousuf", "Yuusuf"), "Fadumo": ("Faduma", "Fatuma"),
              "Abdullahi": ("Abdulahi",), "Khadra": ("Khadija",), "Maryan": ("Mariam",), "Nur": ("Noor", "Nuur")},
)  # fmt: skip

ARABIC = Tradition(
    name="Arabic",
    share=0.010,
    ethnic={"S": 0.80, "C": 0.10, "Z": 0.10},
    men=_words("Ahmad Mohammad Omar Khaled Mahmoud Youssef Mustafa Hussein Ali Samir Tarek Nabil Karim Fadi Ziad Jamal"),
    women=_words("Fatima Layla Mariam Noor Huda Rania Samira Amal Nadia Salma Hanan Zeinab Dina Lina Yasmine Mona Rasha Sawsan"),
    families=(
        "Al-Hassan", "Al-Rashid", "Al-Masri", "Haddad", "Khoury", "Nasser", "El-Sayed", "Al-Amin", "Saleh", "Hamdan", "Mansour",
        "Ibrahim", "Abdullah", "Al-Jabouri", "Darwish", "Sabbagh", "Al-Khatib", "Rahman", "Aziz", "El-Masry", "Qasim", "Jaber",
    ),
    flatness=5.0,
    errors=2.6,
    swapped=0.03,
    own_name=0.9,
    year_only=0.05,
    language="Arabic",
    variants={
        "Al-Hassan": ("Alhassan", "Hassan", "El Hassan"), "Al-Rashid": ("Alrashid", "Rashid"), "Al-Masri": ("Elmasri", "Masri"),
        "El-Sayed": ("Elsayed", "Sayed"), "Al-Amin": ("Alamin", "Amin"), "Youssef": ("Yousef", "Yusuf"), "Khaled": ("Khalid",),
        "Hussein": ("Hussain",), "Mahmoud": ("Mahmood",), "Layla": ("Leila",), "Al-Khatib": ("Alkhatib", "Khateeb"),
    },
)  # fmt: skip

SINGLE_NAME = Tradition(
    name="Single name",
    share=0.005,
    ethnic={"L": 0.70, "S": 0.25, "Z": 0.05},
    men=_words("Murugan Selvam Kannan Rajan Suresh Ganesan Karzai Zabihullah Najibullah Farhad Wahid Suharto Slamet Thiru Anbu"),
    women=_words("Lakshmi Selvi Devi Malar Kamala Vijaya Shakila Zarghuna Palwasha Sri Wulan Thulasi Amudha Latha Parvathi"),
    families=_words("Murugan Selvam Kannan Rajan Ganesan Wahid Farhad Anbu Thiru Suresh"),
    flatness=3.0,
    errors=2.8,
    swapped=0.05,
    own_name=1.0,
    patronymic=True,
    mononym=0.6,
    year_only=0.15,
    language="Tamil",
)

TRADITIONS = (
    ENGLISH, MUSLIM_SOUTH_ASIAN, HINDU_SIKH, POLISH, CHINESE, CARIBBEAN, AFRICAN, SOMALI, ARABIC, SINGLE_NAME,
)  # fmt: skip

# English given names and what people are called.
NICKNAMES: dict[str, tuple[str, ...]] = {
    "William": ("Bill", "Will", "Billy"), "Robert": ("Bob", "Rob", "Bobby"), "Richard": ("Dick", "Rick", "Richie"),
    "Margaret": ("Peggy", "Maggie", "Meg"), "Elizabeth": ("Liz", "Betty", "Beth", "Libby"), "Patricia": ("Pat", "Tricia"),
    "Michael": ("Mike", "Mick"), "James": ("Jim", "Jimmy", "Jamie"), "John": ("Jack", "Johnny"), "Thomas": ("Tom", "Tommy"),
    "Anthony": ("Tony",), "Kenneth": ("Ken",), "Ronald": ("Ron",), "Raymond": ("Ray",), "Christopher": ("Chris",),
    "Stephen": ("Steve",), "Andrew": ("Andy", "Drew"), "Geoffrey": ("Geoff", "Jeff"), "Terence": ("Terry",), "Peter": ("Pete",),
    "Frederick": ("Fred", "Freddie"), "Arthur": ("Art",), "Leslie": ("Les",), "Stanley": ("Stan",), "Albert": ("Bert", "Bertie"),
    "Edward": ("Ted", "Eddie", "Ned"), "Charles": ("Charlie", "Chas"), "Joseph": ("Joe",), "David": ("Dave",), "Alan": ("Al",),
    "Susan": ("Sue",), "Christine": ("Chris", "Chrissie"), "Barbara": ("Babs",), "Dorothy": ("Dot", "Dolly"), "Janet": ("Jan",),
    "Kathleen": ("Kath", "Kathy"), "Sandra": ("Sandy",), "Jacqueline": ("Jackie",), "Valerie": ("Val",), "Gillian": ("Gill",),
    "Judith": ("Judy",), "Winifred": ("Winnie", "Freda"), "Deborah": ("Debbie", "Deb"), "Catherine": ("Cathy", "Kate"),
    "Angela": ("Angie",), "Rosemary": ("Rose",), "Frances": ("Fran",), "Teresa": ("Terri", "Tess"), "Ruth": ("Ruthie",),
    "Benjamin": ("Ben",), "Alexander": ("Alex", "Sandy"), "Joshua": ("Josh",), "Daniel": ("Dan", "Danny"), "Samuel": ("Sam",),
    "Matthew": ("Matt",), "Nathan": ("Nate",), "Jessica": ("Jess",), "Rebecca": ("Becky", "Becca"), "Victoria": ("Vicky",),
    "Abigail": ("Abby",), "Eleanor": ("Ellie", "Nell"), "Charlotte": ("Lottie", "Charlie"), "Amelia": ("Millie",),
    "Bethany": ("Beth",), "Danielle": ("Dani",), "Natalie": ("Nat",), "Matilda": ("Tilly",), "Georgia": ("Georgie",),
    "Desmond": ("Des",), "Neville": ("Nev",), "Samantha": ("Sam",), "Malcolm": ("Mal",), "Douglas": ("Doug",),
    "Norman": ("Norm",),
}  # fmt: skip

# What a maternity unit writes before the parents have decided.
BABY_NAMES = ("Baby", "Baby Boy", "Baby Girl", "Twin One", "Twin Two", "Infant")
